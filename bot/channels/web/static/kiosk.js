// A counter tablet clears itself when nobody touches it, and says how long it still waits.

const page = document.body;
const countdown = document.querySelector(".countdown");
const IDLE = Number(page.dataset.idle);
const END = Number(page.dataset.end);
const SOON = 15;

let touched = performance.now();
let hadEnded = false;

function hasEnded() {
  return document.querySelector(".lines")?.hasAttribute("data-ended") ?? false;
}

function tick() {
  const ended = hasEnded();
  if (ended && !hadEnded) touched = performance.now();
  hadEnded = ended;
  const left = Math.ceil((ended ? END : IDLE) - (performance.now() - touched) / 1000);
  if (countdown) {
    countdown.querySelector("b").textContent = Math.max(0, left);
    countdown.classList.toggle("soon", left <= Math.min(SOON, IDLE / 2));
  }
  if (left > 0) return;
  clearInterval(clock);
  const leave = document.getElementById("leave");
  if (leave) leave.requestSubmit();
  else location.replace(page.dataset.again);
}

for (const kind of ["pointerdown", "keydown", "input", "scroll"]) {
  addEventListener(kind, () => { touched = performance.now(); }, { capture: true, passive: true });
}
const clock = setInterval(tick, 250);

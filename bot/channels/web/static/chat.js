// The chat page, made better. Without this file every form on it works by itself.

const body = document.body;
const texts = body.dataset;
const atKiosk = body.classList.contains("kiosk");
const log = document.getElementById("log");
const composer = document.getElementById("composer");
const field = document.getElementById("text");
const files = document.getElementById("files");
const chosen = document.getElementById("chosen");
const alertBox = document.getElementById("alert");
const statusBox = document.getElementById("status");
const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
const DRAFT = "draft";
const base = texts.base;

let last = Number(log.querySelector(".lines").dataset.last);
let byKeyboard = false;
let stream = null;
let lateNotice = 0;

function nonce() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function say(problem) {
  alertBox.textContent = problem;
  alertBox.hidden = !problem;
  if (problem) toEnd();
}

function toEnd() {
  scrollTo({ top: document.documentElement.scrollHeight, behavior: calm ? "auto" : "smooth" });
}

// --- lines -------------------------------------------------------------------------------------

function take(html) {
  const part = document.createElement("template");
  part.innerHTML = html;
  const incoming = part.content.querySelector(".lines");
  if (!incoming) return;
  const list = log.querySelector(".lines");
  const fresh = [...incoming.children].filter((line) => !document.getElementById(line.id));
  list.toggleAttribute("data-ended", incoming.hasAttribute("data-ended"));
  last = Math.max(last, Number(incoming.dataset.last));
  if (!fresh.length) return;
  const heldFocus = list.contains(document.activeElement) || document.activeElement === body;
  if (atKiosk) list.replaceChildren();
  const arrived = fresh.filter((line) => line.classList.contains("own"));
  if (arrived.length) list.querySelectorAll(".answers").forEach((old) => old.remove());
  arrived.forEach(() => list.querySelector(".pending")?.remove());
  document.querySelectorAll(".welcome, .begin").forEach((done) => done.remove());
  fresh.forEach((line) => line.classList.add("fresh"));
  list.append(...fresh, ...list.querySelectorAll(".pending"));
  prepare(list);
  show(fresh, heldFocus);
}

function show(fresh, heldFocus) {
  const height = fresh.reduce((sum, line) => sum + line.offsetHeight, 0);
  if (atKiosk) scrollTo(0, 0);
  else if (height > innerHeight * 0.7) fresh[0].scrollIntoView({ behavior: calm ? "auto" : "smooth" });
  else toEnd();
  if (byKeyboard && heldFocus) (fresh.at(-1).querySelector(".answers button") || field).focus();
}

function prepare(root) {
  root.querySelectorAll(".copy").forEach((button) => { button.hidden = false; });
  const canPlace = "geolocation" in navigator && isSecureContext;
  root.querySelectorAll("[data-place]").forEach((button) => { button.hidden = !canPlace; });
}

async function refresh() {
  const response = await fetch(`${base}/lines?after=${last}`, { headers: { Accept: "text/html" } });
  if (response.ok) take(await response.text());
}

// --- live updates ------------------------------------------------------------------------------

function listen() {
  if (stream || !last) return;
  stream = new EventSource(`${base}/events?after=${last}`);
  stream.addEventListener("lines", (event) => take(event.data));
  stream.onopen = () => connected(true);
  stream.onerror = () => {
    connected(false);
    if (stream.readyState !== EventSource.CLOSED) return;
    stream = null;
    setTimeout(() => refresh().catch(() => {}).finally(listen), 5000);
  };
}

function connected(yes) {
  clearTimeout(lateNotice);
  if (yes) statusBox.textContent = "";
  else lateNotice = setTimeout(() => { statusBox.textContent = texts.reconnecting; }, 3000);
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden && last) refresh().catch(() => connected(false));
});

// --- sending -----------------------------------------------------------------------------------

async function post(data, mayRepeat = true) {
  let response;
  try {
    response = await fetch(base, { method: "POST", body: data, headers: { Accept: "application/json" } });
  } catch {
    return texts.offline;
  }
  if (response.status === 204) return "";
  const problem = await response.json().catch(() => ({ message: texts.offline }));
  if (!problem.token) return problem.message;
  document.querySelectorAll("input[name=token]").forEach((input) => { input.value = problem.token; });
  data.set("token", problem.token);
  return mayRepeat ? post(data, false) : problem.message;
}

async function send(data, waiting = null) {
  say("");
  const problem = await post(data);
  if (!problem) await refresh().catch(() => connected(false));
  waiting?.remove();
  if (problem) say(problem);
  else listen();
  return !problem;
}

function pending(shown) {
  const line = document.createElement("li");
  line.className = "line own pending";
  const bubble = document.createElement("div");
  bubble.className = "bubble";
  const text = document.createElement("p");
  text.className = "text";
  text.textContent = shown;
  const state = document.createElement("time");
  state.textContent = texts.sending;
  bubble.append(text, state);
  line.append(bubble);
  log.querySelector(".lines").append(line);
  toEnd();
  return line;
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-live]")) return;
  event.preventDefault();
  if (form === composer) compose();
  else press(form, event.submitter);
});

async function press(form, button) {
  if (!button || form.hasAttribute("aria-busy")) return;
  form.setAttribute("aria-busy", "true");
  button.classList.add("pressed");
  const data = new FormData(form);
  data.set(button.name, button.value);
  const label = button.name === "press" && !atKiosk ? button.textContent.replace(/\s+/g, " ").trim() : "";
  const done = await send(data, label ? pending(label) : null);
  form.removeAttribute("aria-busy");
  button.classList.remove("pressed");
  if (done && form.id === "begin") history.replaceState(null, "", base);
}

// What is written while a message is on its way waits here: nothing is lost and nothing overtakes.
const outgoing = [];
let isSending = false;

function compose() {
  const picked = files ? [...files.files] : [];
  const shown = [field.value.trim(), ...picked.map((file) => file.name)].filter(Boolean).join("\n");
  if (!shown) return;
  outgoing.push({ data: new FormData(composer), typed: field.value, picked, waiting: pending(shown) });
  write("");
  choose([]);
  if (!isSending) sendWaiting();
}

async function sendWaiting() {
  isSending = true;
  while (outgoing.length && await send(outgoing[0].data, outgoing[0].waiting)) {
    outgoing.shift();
    remember();
  }
  isSending = false;
  if (outgoing.length) takeBack(outgoing.splice(0));
}

function takeBack(failed) {
  failed.forEach((message) => message.waiting.remove());
  const isAlone = failed.length === 1 && !field.value && !files?.files.length;
  write([...failed.map((message) => message.typed), field.value].filter(Boolean).join("\n"));
  choose([...failed.flatMap((message) => message.picked), ...(files ? files.files : [])]);
  // The same message again: had it arrived after all, it is known by its nonce.
  if (isAlone) composer.elements.nonce.value = failed[0].data.get("nonce");
  toEnd(); // the field has grown over what went wrong
}

// --- writing -----------------------------------------------------------------------------------

function fit() {
  field.style.height = "auto";
  field.style.height = `${Math.min(field.scrollHeight + 2, innerHeight * 0.4)}px`;
}

function write(text) {
  field.value = text;
  changed();
}

function changed() {
  // Another text is another message: it must not be taken for a repetition of one whose fate is unknown.
  composer.elements.nonce.value = nonce();
  remember();
  fit();
}

function remember() {
  if (atKiosk) return;
  const unsent = [...outgoing.map((message) => message.typed), field.value].filter(Boolean).join("\n");
  if (unsent) sessionStorage.setItem(DRAFT, unsent);
  else sessionStorage.removeItem(DRAFT);
}

field.addEventListener("input", changed);

field.addEventListener("keydown", (event) => {
  const sends = event.key === "Enter" && !event.shiftKey && !event.isComposing && matchMedia("(pointer: fine)").matches;
  if (!sends) return;
  event.preventDefault();
  composer.requestSubmit();
});

document.addEventListener("keydown", () => { byKeyboard = true; }, true);
document.addEventListener("pointerdown", () => { byKeyboard = false; }, true);

// --- files -------------------------------------------------------------------------------------

function choose(list) {
  if (!files) return;
  const kept = new DataTransfer();
  list.forEach((file) => kept.items.add(file));
  files.files = kept.files;
  chosen.replaceChildren(...list.map(fileItem));
  chosen.hidden = !list.length;
  composer.elements.nonce.value = nonce();
}

function fileItem(file, position) {
  const item = document.createElement("li");
  const name = document.createElement("span");
  name.textContent = file.name;
  const remove = document.createElement("button");
  remove.type = "button";
  remove.textContent = "×";
  remove.setAttribute("aria-label", `${texts.remove} ${file.name}`);
  remove.addEventListener("click", () => choose([...files.files].filter((_, other) => other !== position)));
  item.append(name, remove);
  return item;
}

files?.addEventListener("change", () => {
  const picked = [...files.files];
  const small = picked.filter((file) => file.size <= Number(files.dataset.largest));
  const few = small.slice(0, Number(files.dataset.most));
  const tooLarge = picked.find((file) => !small.includes(file));
  if (tooLarge) say(`${tooLarge.name}: ${texts.tooLarge}`);
  else say(few.length < small.length ? texts.tooMany : "");
  choose(few);
  field.focus();
});

// --- place and code ----------------------------------------------------------------------------

document.addEventListener("click", (event) => {
  const place = event.target.closest("[data-place]");
  const copy = event.target.closest("[data-copy]");
  if (place) sendPlace(place.form);
  if (copy) copyCode(copy);
});

function sendPlace(form) {
  statusBox.textContent = texts.placeWait;
  const done = () => { statusBox.textContent = ""; };
  navigator.geolocation.getCurrentPosition((position) => {
    done();
    const data = new FormData(form);
    data.set("latitude", position.coords.latitude);
    data.set("longitude", position.coords.longitude);
    send(data, pending("…"));
  }, () => { done(); say(texts.placeRefused); }, { enableHighAccuracy: true, timeout: 15000 });
}

async function copyCode(button) {
  const code = button.closest(".code").querySelector("code");
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
  } catch {
    getSelection().selectAllChildren(code);
    document.execCommand("copy");
  }
  statusBox.textContent = texts.copied;
  button.classList.add("done");
  setTimeout(() => { statusBox.textContent = ""; button.classList.remove("done"); }, 2500);
}

// --- begin -------------------------------------------------------------------------------------

if (!field.value && !atKiosk) field.value = sessionStorage.getItem(DRAFT) || "";
fit();
prepare(log);
if (last) scrollTo(0, atKiosk ? 0 : document.documentElement.scrollHeight);
listen();
document.getElementById("begin")?.requestSubmit(document.querySelector("#begin button"));

"""The terminal: what a person types is a line, and what is shown has the numbers that can be typed next."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.channels.terminal import ACCOUNT, CHANNEL, Heard, Terminal
from langnghe.service import Service
from tests.conversations.faces import FILES, POSITION, Did, nothing_more
from tests.conversations.script import Message


@dataclass
class TerminalPerson:
    """Somebody at a terminal, who leaves every window open: in an older one its old numbers can still be typed."""

    number: int
    language: str
    folder: Path
    windows: list[tuple[Terminal, Heard]] = field(default_factory=list)
    newest: Terminal | None = None
    pressed: tuple[Terminal, str] | None = None

    @property
    def chat(self) -> tuple[str, str, str]:
        return CHANNEL, ACCOUNT, f"citizen-{self.number}"

    async def does(self, service: Service, done: Did) -> None:
        terminal = self._terminal(service)
        match done.what:
            case "opens":
                await terminal.start(done.rest)
            case "presses" | "presses old" | "presses again":
                window, number = self._press(done)
                await _on(service, window).say(number)
            case "sends" if done.rest == "a position":
                await terminal.say(f"@{POSITION[0]},{POSITION[1]}")
            case "sends" if done.rest in FILES:
                name, _, content = FILES[done.rest]
                file = self.folder / name
                file.write_bytes(content)
                await terminal.say(f"@{file}")
            case "types":
                await terminal.say(done.rest)
            case _:
                raise AssertionError(f"nobody can do this at a terminal: {done}")

    async def hears(self, service: Service) -> list[Message]:
        terminal = self._terminal(service)
        heard = await terminal.shown()
        asking = [each for each in heard if each.choices]
        if asking:
            self.windows.append((replace(terminal), asking[-1]))
        return [Message(each.text, _labels(each), _file_in(each)) for each in heard]

    def _terminal(self, service: Service) -> Terminal:
        if self.newest is None:
            self.newest = Terminal(
                service.intake, service.database, service.clock, self.chat[2], self.language, service.files
            )
        self.newest = _on(service, self.newest)
        return self.newest

    def _press(self, done: Did) -> tuple[Terminal, str]:
        """Find the window that shows a button, and the number that is typed for it there; remember both."""
        if done.what == "presses again":
            assert self.pressed is not None
            return self.pressed
        windows = self.windows[:-1] if done.what == "presses old" else self.windows[-1:]
        for terminal, heard in reversed(windows):
            numbers = dict(zip(_labels(heard), heard.choices, strict=True))
            if done.rest in numbers:
                self.pressed = terminal, numbers[done.rest]
                return self.pressed
        raise AssertionError(f"no window shows {done.rest!r}")


def _on(service: Service, terminal: Terminal) -> Terminal:
    """Give the terminal as it is over a service that was built anew: it knows what it has shown, nothing more."""
    return replace(terminal, intake=service.intake, database=service.database, clock=service.clock, files=service.files)


def _file_in(heard: Heard) -> str:
    if heard.file is None:
        return ""
    return "picture" if heard.file.is_picture else f"file {heard.file.name}"


def _labels(heard: Heard) -> tuple[str, ...]:
    """Give the labels as other faces show them, where a score is a part of its label."""
    return tuple(
        f"{choice.mark} · {choice.label}" if choice.mark else choice.label for choice in heard.choices.values()
    )


@dataclass
class TerminalFace:
    """Terminals, one for each person; their photos lie in `folder`."""

    folder: Path
    name: str = "terminal"

    async def person(self, number: int, language: str) -> TerminalPerson:
        return TerminalPerson(number, language, self.folder)

    def connected(self, _service: Service) -> AbstractAsyncContextManager[object]:
        return nothing_more()

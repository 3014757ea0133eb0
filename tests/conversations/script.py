"""Golden conversations as text files: what people do, what the bot says, word for word.

The first line is the title. `given:` lines set the scene (see world.py), `faces:` names the faces that can do
what the file wants (all when it is missing). Then, in any order:

    citizen: presses [Rất hài lòng]       somebody does something: types, presses, sends, opens, edits
    bot:                                  what the bot says to him, each message a block
      Cảm ơn Ông/Bà.
      [Việc khác]
    bot to officer:                       what it says to somebody else because of it
    after: 30 minutes                     time passes, and the schedule does what is due
    kept nowhere: phong bì                no table and no file of the database holds these words

A file that comes with a message stands above its words: `[picture]`, or `[file {code}-1.pdf]` by its name.

Codes of petitions are written {code}, the second one {code2}.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).parent
ALL_FACES = ("terminal", "web", "telegram", "zalo")

_LINE = re.compile(r"(?P<head>[a-z][a-z ]*\d?):(?: (?P<rest>.*))?")


@dataclass(frozen=True)
class Message:
    """One message of the bot as a person sees it: its text, the labels of its buttons, and the file that came with it.

    file  `picture`, or `file` with its name: people do not see what a picture is called
    """

    text: str
    buttons: tuple[str, ...] = ()
    file: str = ""

    def lines(self) -> Iterator[str]:
        if self.file:
            yield f"  [{self.file}]"
        for line in self.text.split("\n") if self.text or not self.file else ():
            yield f"  {line}".rstrip()
        if self.buttons:
            yield "  " + " ".join(f"[{label}]" for label in self.buttons)


@dataclass
class Step:
    """One line that makes something happen: `head` says who or what, `rest` the rest of the line."""

    head: str
    rest: str
    said: list[tuple[str, Message]] = field(default_factory=list)


@dataclass
class Conversation:
    """A file, read."""

    title: str
    given: list[str] = field(default_factory=list)
    faces: tuple[str, ...] = ALL_FACES
    steps: list[Step] = field(default_factory=list)

    def written(self) -> str:
        """Return the text of the file."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        yield self.title
        if self.given or self.faces != ALL_FACES:
            yield ""
        if self.faces != ALL_FACES:
            yield f"faces: {' '.join(self.faces)}"
        yield from (f"given: {fact}" for fact in self.given)
        for step in self.steps:
            yield ""
            yield f"{step.head}: {step.rest}"
            for reader, message in step.said:
                yield "bot:" if reader == step.head else f"bot to {reader}:"
                yield from message.lines()


def file_shown(name: str, mime: str) -> str:
    """Write a file as a message has it."""
    return "picture" if mime.startswith("image/") else f"file {name}"


def names() -> list[str]:
    """Return the names of all golden conversations, such as `quick_rating.vi`."""
    return sorted(path.name.removesuffix(".txt") for path in FOLDER.glob("*.*.txt"))


def load(name: str) -> Conversation:
    """Read a file. Raises ValueError for a line that is none of the format's."""
    return parse((FOLDER / f"{name}.txt").read_text("utf-8"))


def parse(text: str) -> Conversation:
    """Read the text of a file; the words of the bot are read too, so that nothing else may stand in it."""
    title, *lines = text.splitlines()
    conversation = Conversation(title)
    block: list[str] | None = None
    for line in lines:
        if block is not None and (line.startswith("  ") or not line):
            block.append(line[2:])
            continue
        block = None
        if not line:
            continue
        found = _LINE.fullmatch(line)
        if found is None:
            raise ValueError(f"no line of a conversation: {line!r}")
        block = _take(conversation, found["head"], found["rest"] or "")
    return conversation


def _take(conversation: Conversation, head: str, rest: str) -> list[str] | None:
    """Take one line; return where the lines of the bot's message go, if one begins."""
    if head == "given":
        conversation.given.append(rest)
    elif head == "faces":
        conversation.faces = tuple(rest.split())
    elif head == "bot" or head.startswith("bot to "):
        return []
    else:
        conversation.steps.append(Step(head, rest))
    return None

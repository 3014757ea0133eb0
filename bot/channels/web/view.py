"""Lines of a chat as a page shows them: words and values only, placed by the templates."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from bot.options import read_button
from bot.posting import file_of
from storage.web_messages import Line
from wording.catalogue import Catalogue
from wording.formats import LOCAL, date_with_weekday, file_size, time_text

MENU = "s:menu"
"""The button that leads back to the menu: it has no place at a counter, where the next person waits."""
MOST_COLUMNS = 5
SCORES = 5
"""Answers of a Likert scale, shown beside each other where there is room."""

_SIGNS = {"📎": "file", "📍": "place"}
_MARKED = re.compile(r"(\d{1,2}|[^\w\s]{1,4}) · (.+)")
_ADDRESS = re.compile(r"https?://[^\s<>\"]*[^\s<>\".,;:!?)\]]")


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a line's text; one with an address is a link."""

    text: str
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """A button under a line; `mark` is the number or face that its label begins with, as scores do."""

    label: str
    data: str
    mark: str = ""


@dataclass(frozen=True, slots=True)
class ShownFile:
    """A file of ours that comes with a line: its name and its size as people read them."""

    name: str
    size: str
    is_picture: bool


@dataclass(frozen=True, slots=True)
class ShownLine:
    """One line of a chat.

    day       the date to be shown above it, where the day changes
    moment    as machines read it; `time` as people do
    paragraphs  each a sequence of pieces
    choices   answers that can still be given; `controls` steer: skip, back, cancel, menu
    columns   choices beside each other
    is_scale  the choices are the scores of a scale
    sign      `file` or `place` where the person sent one, else None
    file      what we sent; the text is what stands under it
    wants     `file` or `location` where the open question takes one
    """

    id: int
    own: bool
    day: str | None
    moment: str
    time: str
    paragraphs: tuple[tuple[Part, ...], ...]
    copy_code: str | None
    choices: tuple[Choice, ...]
    controls: tuple[Choice, ...]
    columns: int
    is_scale: bool
    wants: str | None
    sign: str | None
    file: ShownFile | None = None

    @property
    def text(self) -> str:
        """The whole text, without links."""
        return "\n\n".join("".join(part.text for part in paragraph) for paragraph in self.paragraphs)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads the lines: in which language, on which day, at a counter tablet or not."""

    catalogue: Catalogue
    language: str
    now: datetime
    at_kiosk: bool

    def shown(self, lines: Sequence[Line], before: Line | None = None) -> list[ShownLine]:
        """Return the lines as the page shows them; `before` is the line that stands above them already.

        Only what came after the person's last words can still be answered, so only that has buttons. A counter
        tablet shows nothing else: one question at a time, in large letters.
        """
        last_own = max((position for position, line in enumerate(lines) if line.own), default=-1)
        days = _days(before, lines)
        shown = [
            self._shown(line, new_day, is_open=position > last_own)
            for position, (line, new_day) in enumerate(zip(lines, days, strict=True))
        ]
        return shown[last_own + 1 :] if self.at_kiosk and lines[last_own + 1 :] else shown

    def _shown(self, line: Line, new_day: date | None, *, is_open: bool) -> ShownLine:
        body = line.body
        sign, text = _sign(body.get("text", "")) if line.own else (None, body.get("text", ""))
        buttons = [_choice(button["label"], button["data"]) for button in body.get("buttons", ())] if is_open else []
        choices = tuple(choice for choice in buttons if not _steers(choice))
        return ShownLine(
            id=line.id,
            own=line.own,
            day=self._day(new_day) if new_day else None,
            moment=line.at.isoformat(timespec="seconds"),
            time=time_text(line.at),
            paragraphs=tuple(tuple(_parts(paragraph)) for paragraph in text.split("\n\n")),
            copy_code=body.get("copy_code"),
            choices=choices,
            controls=tuple(choice for choice in buttons if _steers(choice) and not self._is_out_of_place(choice)),
            columns=min(int(body.get("columns", 1)), MOST_COLUMNS),
            is_scale=len(choices) == SCORES and all(choice.mark for choice in choices),
            wants=body.get("wants") if is_open else None,
            sign=sign,
            file=self._file(body),
        )

    def _file(self, body: Mapping[str, Any]) -> ShownFile | None:
        file = file_of(body)
        return ShownFile(file.name, file_size(file.size, self.language), file.is_picture) if file else None

    def _is_out_of_place(self, choice: Choice) -> bool:
        return self.at_kiosk and choice.data == MENU

    def _day(self, day: date) -> str:
        today = self.now.astimezone(LOCAL).date()
        if day == today:
            return self.catalogue.text("line.today", self.language)
        if day == today - timedelta(days=1):
            return self.catalogue.text("line.yesterday", self.language)
        return date_with_weekday(day, self.language)


def _days(before: Line | None, lines: Sequence[Line]) -> Iterator[date | None]:
    """Give each line the day that begins with it, None where the day goes on."""
    current = before.at.astimezone(LOCAL).date() if before else None
    for line in lines:
        day = line.at.astimezone(LOCAL).date()
        yield day if day != current else None
        current = day


def _sign(text: str) -> tuple[str | None, str]:
    """Take the sign of a sent file or place off a text: not every device has a letter for it, so it is drawn."""
    sign = _SIGNS.get(text[:1])
    return (sign, text[1:].strip()) if sign else (None, text)


def _choice(label: str, data: str) -> Choice:
    marked = _MARKED.fullmatch(label)
    return Choice(marked[2], data, marked[1]) if marked else Choice(label, data)


def without_number(label: str) -> str:
    """Return a label without the score that it begins with: "5 · Rất hài lòng" gives "Rất hài lòng"."""
    marked = _MARKED.fullmatch(label)
    return marked[2] if marked and marked[1].isdecimal() else label


def _steers(choice: Choice) -> bool:
    return choice.data == MENU or read_button(choice.data)[2].startswith("-")


def _parts(text: str) -> Iterator[Part]:
    """Cut a text into plain pieces and links."""
    end = 0
    for found in _ADDRESS.finditer(text):
        if found.start() > end:
            yield Part(text[end : found.start()])
        yield Part(found[0], found[0])
        end = found.end()
    if text[end:]:
        yield Part(text[end:])

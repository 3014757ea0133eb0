"""Asking for what somebody writes, attaches or points at."""

from dataclasses import dataclass
from typing import Any

from bot.effects import Ask, Json, Label, Matcher, Option, Refused, Reply, Script, Text
from bot.messages import Place
from offices.phones import read_mobile
from offices.words import clean, fold

LONGEST_FILE_NAME = 120


def write(key: str, prompt: Label, *, longest: int, shortest: int = 1) -> Script[str]:
    """Ask for a text of `shortest` to `longest` characters."""
    text: str = yield _writing(key, prompt, shortest, longest, optional=False)
    return text


def write_or_skip(key: str, prompt: Label, *, longest: int) -> Script[str | None]:
    """Ask for a text of at most `longest` characters, or none."""
    text: str | None = yield _writing(key, prompt, 1, longest, optional=True)
    return text


def _writing(key: str, prompt: Label, shortest: int, longest: int, *, optional: bool) -> Ask:
    def read(reply: Reply, _match: Matcher) -> Json:
        text = clean(reply.text)
        if not text:
            raise Refused(Text("refused.not_text"))
        if len(text) > longest:
            raise Refused(Text("refused.too_long", {"longest": longest, "length": len(text)}))
        if len(fold(text)) < shortest:
            raise Refused(Text("refused.too_short", {"shortest": shortest}))
        return text

    return Ask(key, prompt, read, lambda value: isinstance(value, str), optional=optional)


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file that a person attached."""

    ref: str
    media: str
    name: str
    size: int
    mime: str


def attach(key: str, prompt: Label, another: Label, *, most: int, largest: int) -> Script[list[SentFile]]:
    """Ask for up to `most` files of at most `largest` bytes each; "Xong" or "Bỏ qua" ends."""
    files: list[SentFile] = []
    while len(files) < most:
        answer: dict[str, Any] | None = yield _attachment(
            f"{key}.{len(files) + 1}", another if files else prompt, largest
        )
        if answer is None or "done" in answer:
            break
        files.append(SentFile(**answer))
    return files


def _attachment(key: str, prompt: Label, largest: int) -> Ask:
    done = Option("done", Text("buttons.done"), True, ("xong", "done", "het", "khong", "no"))

    def read(reply: Reply, match: Matcher) -> Json:
        if reply.file:
            if reply.file.size > largest:
                raise Refused(Text("refused.file_too_large", {"megabytes": largest // 1_000_000}))
            sent = reply.file
            name = clean(sent.name)[:LONGEST_FILE_NAME]
            return {
                "ref": clean(sent.ref),
                "media": sent.media,
                "name": name,
                "size": sent.size,
                "mime": clean(sent.mime),
            }
        if reply.option == "done" or (reply.text and match(reply.text, (done,))):
            return {"done": True}
        raise Refused(Text("refused.not_file"))

    return Ask(key, prompt, read, lambda value: isinstance(value, dict), (done,), optional=True, wants="file")


def locate_or_skip(key: str, prompt: Label, *, longest: int) -> Script[str | Place | None]:
    """Ask where something is: a shared position or a text; or none."""

    def read(reply: Reply, _match: Matcher) -> Json:
        if reply.place:
            return {"latitude": reply.place.latitude, "longitude": reply.place.longitude}
        text = clean(reply.text)
        if not text:
            raise Refused(Text("refused.not_place"))
        if len(text) > longest:
            raise Refused(Text("refused.too_long", {"longest": longest, "length": len(text)}))
        return text

    answer: Any = yield Ask(
        key, prompt, read, lambda value: isinstance(value, str | dict), optional=True, wants="location"
    )
    return Place(**answer) if isinstance(answer, dict) else answer


def share_mobile(key: str, prompt: Label) -> Script[str]:
    """Ask for a mobile number of Vietnam, shared or typed; give it as E.164 writes it.

    The last question of its script, and never asked again in it: the journal of what ends at once is not stored, so
    the number stands in none.
    """

    def read(reply: Reply, _match: Matcher) -> Json:
        number = read_mobile(reply.phone or reply.text)
        if number is None:
            raise Refused(Text("refused.not_mobile"))
        return number

    number: str = yield Ask(key, prompt, read, lambda value: isinstance(value, str), wants="contact")
    return number

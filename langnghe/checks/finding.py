"""What a check found."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from langnghe.failures import failure
from langnghe.words import Words
from wording.catalogue import Param

T = TypeVar("T")


class State(StrEnum):
    """How a thing stands; only WRONG makes the whole unhealthy."""

    GOOD = "good"
    WARNING = "warning"
    WRONG = "wrong"


@dataclass(frozen=True)
class Finding:
    """One thing as it stands.

    check  what was looked at; its name is the text `doctor.name_<check>`
    key    what was found, the text `doctor.<key>`; with `line` that stands instead
    """

    check: str
    state: State
    key: str = ""
    facts: Mapping[str, Param] = field(default_factory=dict)
    line: Callable[[Words], str] | None = None

    def told(self, words: Words) -> str:
        """Say what was found, and the way out."""
        return self.line(words) if self.line else words(f"doctor.{self.key}", **self.facts)


def good(check: str, key: str, **facts: Param) -> Finding:
    """Return a finding of something that is as it should be."""
    return Finding(check, State.GOOD, key, facts)


def warning(check: str, key: str, **facts: Param) -> Finding:
    """Return a finding of something that works and should be better."""
    return Finding(check, State.WARNING, key, facts)


def wrong(check: str, key: str, **facts: Param) -> Finding:
    """Return a finding of something that does not work."""
    return Finding(check, State.WRONG, key, facts)


def failed(check: str, error: Exception) -> Finding:
    """Return a finding of an error that has words; raises the others, which are faults of ours."""
    if failure(error, Words()) is None:
        raise error

    def line(words: Words) -> str:
        told = failure(error, words)
        return "; ".join(told.lines) if told else ""

    return Finding(check, State.WRONG, line=line)


def guarded(check: str, look: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    """Give what a check finds; an error that has words is what it found."""
    try:
        yield from look()
    except Exception as error:  # noqa: BLE001 - `failed` raises what nobody expects
        yield failed(check, error)

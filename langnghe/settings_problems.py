"""What is wrong with the settings: one line each, which names the setting, what it needs and the way out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from langnghe.words import Words


@dataclass(frozen=True)
class Problem:
    """One setting that cannot be used.

    setting  its name as people write it, such as "HTTP_PORT"
    key      name of the text in the catalogue, `settings.<key>`
    value    what was written, None where nothing was or where it is a secret
    facts    what else the text quotes
    """

    setting: str
    key: str
    value: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict)

    def line(self, words: Words) -> str:
        """Say it in one line, whatever was written in the value."""
        written = "" if self.value is None else f" = {' '.join(self.value.split())!r}"
        return f"{self.setting}{written}: {words(f'settings.{self.key}', **self.facts)}"


class SettingsError(Exception):
    """Settings that cannot be used; nothing was started and nothing was written."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Keep the problems; the message is their English lines."""
        self.problems = tuple(problems)
        super().__init__("; ".join(problem.line(Words("en")) for problem in self.problems))

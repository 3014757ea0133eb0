"""Catalogues: every text for people in files, one per language, found by key."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from importlib.resources.abc import Traversable

from offices.datafiles import Table, read_file
from offices.errors import DataError
from wording import formats

DEFAULT_LANGUAGE = "vi"

Param = str | int | date | datetime

_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")


@dataclass(frozen=True)
class Catalogue:
    """Texts by language and dotted key.

    texts  language ("vi", "en") -> key ("rating.ask.overall") -> text with placeholders such as {code}
    """

    texts: Mapping[str, Mapping[str, str]]

    @classmethod
    def load(cls, directory: Traversable, *shared: Traversable) -> "Catalogue":
        """Read every `<language>.toml` of a folder; nested tables become dotted keys.

        shared  folders whose texts are added where `directory` has none of its own, such as wording/errors

        Raises DataError for a file that is not TOML, a value that is not a text, a text that is empty or
        holds a brace that is no placeholder, and for a folder without the Vietnamese file.
        """
        texts = _read_folder(directory)
        if DEFAULT_LANGUAGE not in texts:
            raise DataError(str(directory), "files", sorted(texts), f"add {DEFAULT_LANGUAGE}.toml, the first language")
        for folder in shared:
            more = _read_folder(folder)
            texts = {language: {**more.get(language, {}), **own} for language, own in texts.items()}
        return cls(texts)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages there are, Vietnamese first."""
        return tuple(sorted(self.texts, key=lambda language: (language != DEFAULT_LANGUAGE, language)))

    def has(self, key: str) -> bool:
        """Say whether there is a text of this key."""
        return key in self.texts[DEFAULT_LANGUAGE]

    def text(self, key: str, language: str = DEFAULT_LANGUAGE, params: Mapping[str, Param] | None = None) -> str:
        """Give the text of `key`, with each {name} replaced by the fact of that name.

        language  a language that has no file is answered in Vietnamese
        params    text stays as it is, whole numbers get thousand separators, dates and times are written as the
                  language writes them; facts the text does not name are left out

        Only placeholders of the catalogue are replaced: braces inside a fact stay braces.
        Raises KeyError naming the key, or the key and the fact that is missing.
        """
        chosen = language if language in self.texts else DEFAULT_LANGUAGE
        try:
            template = self.texts[chosen][key]
        except KeyError:
            raise KeyError(f"no text {key!r} in {chosen}.toml") from None
        if "{" not in template:
            return template
        facts = params or {}

        def fact(match: re.Match[str]) -> str:
            if match[1] not in facts:
                raise KeyError(f"text {key!r} in {chosen}.toml needs the fact {match[1]!r}")
            return formats.fact(facts[match[1]], chosen)

        return _PLACEHOLDER.sub(fact, template)


def _read_folder(directory: Traversable) -> dict[str, dict[str, str]]:
    files = sorted((file for file in directory.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)
    return {file.name.removesuffix(".toml"): read_file(file, _read) for file in files}


def placeholders(text: str) -> frozenset[str]:
    """Name the facts a text needs.

    >>> sorted(placeholders("Mã {code}, hạn {due}"))
    ['code', 'due']
    """
    return frozenset(_PLACEHOLDER.findall(text))


def differences(catalogue: Catalogue) -> list[str]:
    """List what is not the same in every language, one line each: missing keys and different placeholders."""
    every_key = sorted({key for texts in catalogue.texts.values() for key in texts})
    lines: list[str] = []
    for key in every_key:
        missing = [language for language in catalogue.languages if key not in catalogue.texts[language]]
        lines += [f"{key}: missing in {language}.toml" for language in missing]
        needs = {placeholders(texts[key]) for texts in catalogue.texts.values() if key in texts}
        if len(needs) > 1:
            lines.append(f"{key}: placeholders differ: {', '.join(_needs_of(catalogue, key))}")
    return lines


def _needs_of(catalogue: Catalogue, key: str) -> Iterator[str]:
    """Describe each language's placeholders of a key."""
    for language in catalogue.languages:
        if key in catalogue.texts[language]:
            yield f"{language} {sorted(placeholders(catalogue.texts[language][key]))}"


def _read(table: Table) -> dict[str, str]:
    """Read the texts of a table and of those in it, by dotted key."""
    texts: dict[str, str] = {}
    for name, value in table.values.items():
        if isinstance(value, dict):
            texts |= {f"{name}.{key}": text for key, text in table.table(name, _read).items()}
        elif re.search(r"[{}]", _PLACEHOLDER.sub("", text := table.text(name))):
            raise table.refusal(name, "use braces only around a placeholder in small letters, such as {code}")
        else:
            texts[name] = text
    return texts

"""The words of the command line, from `texts/`, in the language asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from wording.catalogue import DEFAULT_LANGUAGE, Catalogue, Param

LANGUAGES = (DEFAULT_LANGUAGE, "en")


@cache
def load_texts() -> Catalogue:
    """Read langnghe/texts and the words of refused steps once; DataError when a file cannot be used."""
    return Catalogue.load(files("langnghe") / "texts", files("wording") / "errors")


@dataclass(frozen=True)
class Words:
    """The texts of one language: `words("help.stats")`."""

    language: str = DEFAULT_LANGUAGE

    def __call__(self, key: str, /, **facts: Param) -> str:
        """Give the text of a key with its facts; KeyError for a key or fact that is missing."""
        return load_texts().text(key, self.language, facts)

    def has(self, key: str) -> bool:
        """Say whether there is a text of this key."""
        return load_texts().has(key)

    def of(self, named: Mapping[str, str]) -> str:
        """Choose the name in this language out of {"vi": …, "en": …}."""
        return named[self.language]


def language_of(arguments: Sequence[str]) -> str:
    """Read the language out of a command line before it is parsed, for the help texts are in it too.

    >>> language_of(["stats", "--lang", "en", "--help"]), language_of(["--lang=en"]), language_of(["stats"])
    ('en', 'en', 'vi')
    """
    words = [*arguments, ""]
    chosen = DEFAULT_LANGUAGE
    for place, word in enumerate(words[:-1]):
        if word == "--":
            break
        given = words[place + 1] if word == "--lang" else word.removeprefix("--lang=") if "--lang=" in word else ""
        chosen = given if given in LANGUAGES else chosen
    return chosen

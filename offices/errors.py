"""The errors of the domain: facts for the face that shows them, never words for people."""

from datetime import date, datetime

Fact = str | int | date | datetime


class DomainError(Exception):
    """A step the rules refuse.

    key     name of the text in the catalogues (`errors.<key>`) which tells people what is wrong and the way out
    params  facts the text may quote
    """

    def __init__(self, key: str, **params: Fact) -> None:
        """Keep the key and the facts; the message is for logs, in English."""
        facts = ", ".join(f"{name}={value}" for name, value in params.items())
        super().__init__(f"{key} ({facts})" if facts else key)
        self.key = key
        self.params = params


class DataError(Exception):
    """A data file or setting that cannot be used: one clear line with file, place, value and the way out."""

    def __init__(self, file: str, place: str, value: object, way_out: str) -> None:
        """Compose the line; `place` is the path inside the file, such as `items[3].kind`."""
        super().__init__(f"{file}: {place}: {value!r} cannot be used; {way_out}")
        self.file = file
        self.place = place
        self.value = value
        self.way_out = way_out

"""A call that Zalo refuses: a number that is not zero, sent with HTTP 200 (zalo.md, A1 and A10)."""


class Refused(Exception):  # noqa: N818 - an answer of the server, not a fault of the fake
    """The answer `{"error": number, "message": words}`; there is no `data` in it."""

    def __init__(self, number: int, words: str) -> None:
        super().__init__(f"{number} {words}")
        self.number, self.words = number, words


def invalid(field: str) -> Refused:
    """Return the refusal of a value: the consultation host names the field."""
    return Refused(-201, f"{field} is invalid")

"""A file's content as it goes up in a form: in pieces, and without a second copy of it."""

import io
from collections.abc import Callable

PIECE = 32 * 1024


class Upward(io.BytesIO):
    """Content taken PIECE by PIECE; bytes of more than a megabyte would be written at once, and hold up everybody.

    taken  called for each piece
    """

    def __init__(self, content: bytes, taken: Callable[[], None] | None = None) -> None:
        super().__init__(content)
        self._content, self._taken = content, taken

    def read(self, size: int | None = -1, /) -> bytes:
        """Give the next piece, or less."""
        if self._taken:
            self._taken()
        return super().read(PIECE if size is None or size < 0 else min(size, PIECE))

    def getbuffer(self) -> memoryview:
        """Give the whole to be measured, as the HTTP client does; the one of BytesIO would be copied to be writable."""
        return memoryview(self._content)

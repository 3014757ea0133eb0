"""The look through a SQLite file with which a start begins, taken while the rest of the program is still loaded."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from storage import sqlite_file
from storage.sqlite_file import SchemaError


@contextmanager
def looking_through(file: Path | None) -> Iterator[None]:
    """Look for damage in a file while the block runs, and a moment longer where that is short.

    file  None for a database on a server, one that is not there yet is fine

    Raises SchemaError at the end of the block, as `storage.schema.upgrade` does; what cannot be read is left to that.
    """
    if file is None or not sqlite_file.is_there(file):
        yield
        return
    look = _Look(file)
    try:
        yield
    finally:
        look.end()
    if look.found is not None:
        raise look.found


class _Look:
    def __init__(self, file: Path) -> None:
        self.found: SchemaError | None = None
        self._file = file
        self._loaded = threading.Event()
        self._longest = time.monotonic() + sqlite_file.LONGEST_LOOK
        self._thread = threading.Thread(target=self._run, name="early-look", daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._loaded.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            sqlite_file.refuse_unusable(self._file)
            what = sqlite_file.look_at_all(self._file, self._is_over, sqlite_file.SELDOM)
        except SchemaError as error:
            self.found = error
        except OSError:
            return  # whoever opens it next says so
        else:
            if what is not None:
                self.found = SchemaError("database_damaged", place=str(self._file), what=what)

    def _is_over(self) -> bool:
        return self._loaded.is_set() and time.monotonic() > self._longest

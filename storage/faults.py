"""What went wrong, told without the words of the error: these may hold what a person wrote."""

import traceback

from sqlalchemy.exc import DBAPIError

AWAY_ON_SQLITE = frozenset({5, 6, 7, 8, 10, 11, 13, 14, 26})
"""Primary result codes of SQLite: busy, locked, no memory, read-only, I/O, corrupt, full, cannot open, no database."""
AWAY_ON_POSTGRESQL = ("08", "53", "57P", "58", "25006", "25P03", "55P03")
"""SQLSTATE classes: no connection, no resources, shutting down, system error; a standby that only reads; ended by the
server because it stood still; a lock that another transaction holds for too long."""


def fault_of(error: BaseException) -> str:
    """Name an error by its type and the place it came from: `IntegrityError at chats.py:93 (SQLSTATE 23505)`."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "site-packages" not in frame.filename]
    place = f" at {frames[-1].filename.rsplit('/', 1)[-1]}:{frames[-1].lineno}" if frames else ""
    state = sqlstate(error)
    return f"{type(error).__name__}{place}" + (f" (SQLSTATE {state})" if state else "")


def sqlstate(error: BaseException) -> str | None:
    """Return PostgreSQL's five letters for a database error, None for any other."""
    state: str | None = getattr(getattr(error, "orig", None), "sqlstate", None)
    return state


def is_store_away(error: DBAPIError | OSError) -> bool:
    """Tell a store that is away, where the same may succeed later, from a statement that is wrong for good."""
    if isinstance(error, OSError) or error.connection_invalidated:
        return True
    code: int | None = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF in AWAY_ON_SQLITE
    state = sqlstate(error)
    if state is not None:
        return state.startswith(AWAY_ON_POSTGRESQL)
    return type(error).__name__ in ("OperationalError", "InterfaceError")

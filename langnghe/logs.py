"""The log of a server: one JSON object per line on standard error, times in UTC, no secret and no personal data."""

import json
import logging
import re
import traceback
from datetime import UTC, datetime

QUIET = ("httpx", "httpcore", "aiohttp.access", "telegram", "alembic", "aiosqlite", "sqlalchemy", "psycopg")
"""Libraries that tell every request or statement: addresses hold tokens and tracking codes, statements what people
wrote, so only their warnings are kept."""

_TOKEN = re.compile(r"\d{3,}:[A-Za-z0-9_-]{20,}")
_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """One line per record; ASCII only, so no control or direction character reaches a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """Write the record, its extra fields and where an error came from, with bot tokens blacked out."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **{name: value for name, value in record.__dict__.items() if name not in _STANDARD},
        }
        if record.exc_info:
            line["error"] = places_of(record.exc_info[1])
        return _TOKEN.sub("…", json.dumps(line, default=str))


def places_of(error: BaseException | None) -> list[str]:
    """Tell an error and its causes by type and place; their words may hold what a person wrote.

    Causes can go in a circle when an error is raised again while another is handled: each is told once.
    """
    told: list[str] = []
    seen = set[int]()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        frames = traceback.extract_tb(error.__traceback__)
        places = " < ".join(f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in reversed(frames))
        told.append(f"{type(error).__name__} at {places}")
        error = error.__cause__ or error.__context__
    return told


def log_as_json(level: int = logging.INFO) -> None:
    """Send the logs of this process to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)

"""`langnghe recompute-stats`: prove the kept counts equal to a recount of all ratings, or put them right.

The comparison sees one snapshot, whatever is written meanwhile. A rebuild takes a month of a questionnaire after the
other, each in a transaction that no rating can get into, so that it goes beside a running service and may be
interrupted: what was put right stays right.
"""

from functools import partial
from typing import Any

import click
from sqlalchemy import Connection

from langnghe import store
from langnghe.clock import utc_now
from langnghe.failures import FAILED
from langnghe.parts import json_option, make, show_json
from langnghe.words import Words
from storage import audit, recount
from storage.database import Database
from storage.tally_rows import TALLY_KEY, Grain

SHOWN = 20


def command(words: Words) -> click.Command:
    """Make the command."""
    rebuild = click.Option(["--rebuild", "--repair", "rebuild"], is_flag=True, help=words("option.rebuild"))
    return make(words, "recompute-stats", run, rebuild, json_option(words))


def run(words: Words, *, rebuild: bool, as_json: bool) -> int:
    """Compare; the exit code is 1 when counts are wrong and stay so."""
    found = store.read(recount.compare)
    rebuilt = store.work(_rebuild) if rebuild and not found.is_equal else 0
    if as_json:
        show_json(_as_json(found, rebuilt))
    else:
        click.echo(_in_words(words, found, rebuilt))
    return 0 if found.is_equal or rebuild else FAILED


async def _rebuild(database: Database) -> int:
    pieces = await database.read(recount.pieces)
    return sum([await database.write(partial(_put_right, piece=piece)) for piece in pieces])


def _put_right(connection: Connection, piece: recount.Piece) -> int:
    wrong = recount.rebuild(connection, piece)
    if wrong:
        subject = f"tally:{piece.questionnaire}:{piece.grain}:{piece.since}"
        details = {"rows": wrong}
        audit.record(connection, at=utc_now(), actor="system", action="stats.rebuild", subject=subject, details=details)
    return wrong


def _as_json(found: recount.Comparison, rebuilt: int) -> dict[str, Any]:
    return {
        "equal": found.is_equal,
        "rows_compared": {grain.value: found.compared[grain] for grain in Grain},
        "rows_differing": {grain.value: found.differing[grain] for grain in Grain},
        "rows_rebuilt": rebuilt,
        "differing": [{**_key(each.row), "kept": each.kept, "counted": each.counted} for each in found.examples],
    }


def _in_words(words: Words, found: recount.Comparison, rebuilt: int) -> str:
    rows = found.compared.total()
    if found.is_equal:
        return words("recount.equal", rows=rows)
    lines = [words("recount.rebuilt" if rebuilt else "recount.differs", rows=rows, wrong=found.differing.total())]
    for each in found.examples[:SHOWN]:
        place = " ".join(f"{name}={value}" for name, value in _key(each.row).items())
        lines += [
            words("recount.cell", place=place, name=name, kept=number, counted=each.counted[name])
            for name, number in each.kept.items()
        ]
    return "\n".join(lines)


def _key(row: recount.Row) -> dict[str, str]:
    return {name: str(value) for name, value in zip(TALLY_KEY, row, strict=True)}

"""`langnghe recompute-stats`: prove the kept counts equal to a recount of all ratings and dossiers, or put them right.

The comparison sees one snapshot, whatever is written meanwhile. A rebuild takes a month of a questionnaire after the
other, each in a transaction that no rating can get into, so that it goes beside a running service and may be
interrupted: what was put right stays right. Of dossiers, which come by lists, it takes one grain after the other.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import click
from sqlalchemy import Connection

from langnghe import store
from langnghe.clock import utc_now
from langnghe.failures import FAILED
from langnghe.parts import json_option, make, show_json
from langnghe.words import Words
from storage import audit, dossier_recount, dossier_tallies, recount
from storage.database import Database
from storage.tally_rows import TALLY_KEY, Grain

SHOWN = 20


def command(words: Words) -> click.Command:
    """Make the command."""
    rebuild = click.Option(["--rebuild", "--repair", "rebuild"], is_flag=True, help=words("option.rebuild"))
    return make(words, "recompute-stats", run, rebuild, json_option(words))


@dataclass(frozen=True)
class Found:
    """What a recount of the ratings and one of the dossiers found, of one snapshot."""

    ratings: recount.Comparison
    dossiers: recount.Comparison

    @property
    def is_equal(self) -> bool:
        """Whether all counts are proved."""
        return self.ratings.is_equal and self.dossiers.is_equal


def run(words: Words, *, rebuild: bool, as_json: bool) -> int:
    """Compare; the exit code is 1 when counts are wrong and stay so."""
    found = store.read(_compare)
    rebuilt = store.work(_rebuild) if rebuild and not found.ratings.is_equal else 0
    of_dossiers = store.work(_rebuild_dossiers) if rebuild and not found.dossiers.is_equal else 0
    if as_json:
        show_json(_as_json(found, rebuilt, of_dossiers))
    else:
        click.echo(_in_words(words, found, is_rebuilt=bool(rebuilt or of_dossiers)))
    return 0 if found.is_equal or rebuild else FAILED


def _compare(connection: Connection) -> Found:
    return Found(recount.compare(connection), dossier_recount.compare(connection))


async def _rebuild(database: Database) -> int:
    pieces = await database.read(recount.pieces)
    return sum([await database.write(partial(_put_right, piece=piece)) for piece in pieces])


def _put_right(connection: Connection, piece: recount.Piece) -> int:
    wrong = recount.rebuild(connection, piece)
    _tell(connection, f"tally:{piece.questionnaire}:{piece.grain}:{piece.since}", wrong)
    return wrong


async def _rebuild_dossiers(database: Database) -> int:
    return sum([await database.write(partial(_put_dossiers_right, grain=grain)) for grain in Grain])


def _put_dossiers_right(connection: Connection, grain: Grain) -> int:
    wrong = dossier_recount.rebuild(connection, grain)
    _tell(connection, f"dossier_tally:{grain}", wrong)
    return wrong


def _tell(connection: Connection, subject: str, wrong: int) -> None:
    if wrong:
        details = {"rows": wrong}
        audit.record(connection, at=utc_now(), actor="system", action="stats.rebuild", subject=subject, details=details)


def _as_json(found: Found, rebuilt: int, of_dossiers: int) -> dict[str, Any]:
    ratings, dossiers = found.ratings, found.dossiers
    return {
        "equal": found.is_equal,
        "rows_compared": {grain.value: ratings.compared[grain] for grain in Grain},
        "rows_differing": {grain.value: ratings.differing[grain] for grain in Grain},
        "rows_rebuilt": rebuilt,
        "differing": [_told(TALLY_KEY, each) for each in ratings.examples],
        "dossiers": {
            "rows_compared": {grain.value: dossiers.compared[grain] for grain in Grain},
            "rows_differing": {grain.value: dossiers.differing[grain] for grain in Grain},
            "rows_rebuilt": of_dossiers,
            "differing": [_told(dossier_tallies.KEY, each) for each in dossiers.examples],
        },
    }


def _told(key: Iterable[str], each: recount.Difference) -> dict[str, Any]:
    return {**_key(key, each.row), "kept": each.kept, "counted": each.counted}


def _in_words(words: Words, found: Found, *, is_rebuilt: bool) -> str:
    ratings, dossiers = found.ratings, found.dossiers
    rows = ratings.compared.total() + dossiers.compared.total()
    if found.is_equal:
        return words("recount.equal", rows=rows)
    wrong = ratings.differing.total() + dossiers.differing.total()
    lines = [words("recount.rebuilt" if is_rebuilt else "recount.differs", rows=rows, wrong=wrong)]
    lines += _lines(words, TALLY_KEY, ratings.examples[:SHOWN])
    lines += _lines(words, dossier_tallies.KEY, dossiers.examples[:SHOWN])
    return "\n".join(lines)


def _lines(words: Words, key: Iterable[str], differing: Iterable[recount.Difference]) -> Iterator[str]:
    for each in differing:
        place = " ".join(f"{name}={value}" for name, value in _key(key, each.row).items())
        for name, number in each.kept.items():
            yield words("recount.cell", place=place, name=name, kept=number, counted=each.counted[name])


def _key(key: Iterable[str], row: Iterable[Any]) -> Mapping[str, str]:
    return {name: str(value) for name, value in zip(key, row, strict=True)}

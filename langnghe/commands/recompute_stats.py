"""`langnghe recompute-stats`: prove that the counts equal a recount of every rating."""

from typing import Any

import click
from sqlalchemy import Connection

from langnghe import store
from langnghe.clock import utc_now
from langnghe.failures import FAILED
from langnghe.parts import json_option, make, show_json
from langnghe.words import Words
from storage import audit, recount
from storage.tables.ratings import tally

SHOWN = 20


def command(words: Words) -> click.Command:
    """Make the command."""
    repair = click.Option(["--repair"], is_flag=True, help=words("option.repair"))
    return make(words, "recompute-stats", run, repair, json_option(words))


def run(words: Words, *, repair: bool, as_json: bool) -> int:
    """Compare; the exit code is 1 when counts were wrong and stay so."""
    differing, cells = store.read(lambda connection: (recount.differing(connection), len(recount.kept(connection))))
    repaired = store.write(_rebuild) if repair and differing else 0
    if as_json:
        show_json(_as_json(differing, cells, repaired))
    else:
        click.echo(_in_words(words, differing, cells, repaired))
    return FAILED if differing and not repaired else 0


def _rebuild(connection: Connection) -> int:
    wrong = recount.rebuild(connection)
    details = {"cells": wrong}
    audit.record(connection, at=utc_now(), actor="system", action="stats.rebuild", subject="tally", details=details)
    return wrong


def _as_json(differing: dict[recount.Row, tuple[int, int]], cells: int, repaired: int) -> dict[str, Any]:
    return {
        "cells": cells,
        "equal": not differing,
        "repaired": repaired,
        "differing": [
            {**_key(row), "kept": kept, "counted": counted} for row, (kept, counted) in sorted(differing.items())
        ],
    }


def _in_words(words: Words, differing: dict[recount.Row, tuple[int, int]], cells: int, repaired: int) -> str:
    if not differing:
        return words("recount.equal", cells=cells)
    lines = [words("recount.repaired" if repaired else "recount.differs", cells=cells, wrong=len(differing))]
    for row, (kept, counted) in sorted(differing.items())[:SHOWN]:
        place = " ".join(f"{name}={value}" for name, value in _key(row).items())
        lines.append(words("recount.cell", place=place, kept=kept, counted=counted))
    return "\n".join(lines)


def _key(row: recount.Row) -> dict[str, str]:
    names = (column.name for column in tally.primary_key.columns)
    return {name: str(value) for name, value in zip(names, row, strict=True)}

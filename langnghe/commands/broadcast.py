"""`langnghe broadcast`: how far messages to many chats are, and stopping them in a hurry."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any

import click
from sqlalchemy import Connection

from langnghe import store
from langnghe.clock import utc_now
from langnghe.parts import json_option, lang_option, make, show_json
from langnghe.words import Words
from storage.broadcasts import records, steps
from storage.broadcasts.progress import Progress, progress_of
from storage.broadcasts.records import Broadcast
from wording import formats

Step = Callable[[Connection, int, str, datetime], None]
BAR = 30
LONGEST_START = 60
_FIGURES = ("sent", "waiting", "unreachable", "refused", "unknown", "expired", "left_out")


def command(words: Words) -> click.Command:
    """Make the group."""
    group = click.Group("broadcast", params=[lang_option(words)], help=words("help.broadcast"))
    number = click.Argument(["number"], metavar="ID", type=int)
    group.add_command(make(words, "broadcast-status", status, _optional(number), json_option(words)), "status")
    takes: dict[str, Step] = {"pause": steps.pause, "resume": steps.resume, "cancel": steps.cancel}
    for name, step in takes.items():
        group.add_command(make(words, f"broadcast-{name}", _taking(step), number, json_option(words)), name)
    return group


def _optional(number: click.Argument) -> click.Argument:
    return click.Argument(["number"], metavar=f"[{number.metavar}]", type=int, required=False)


def _taking(step: Step) -> Callable[..., None]:
    def run(words: Words, *, number: int, as_json: bool) -> None:
        """Take the step, on record as one of the system, and show where the broadcast stands then."""
        now = utc_now()
        store.write(lambda connection: step(connection, number, "system", now))
        status(words, number=number, as_json=as_json)

    return run


def status(words: Words, *, number: int | None, as_json: bool) -> None:
    """Show one broadcast, or the latest ones."""
    now = utc_now()

    def look(connection: Connection) -> list[tuple[Broadcast, Progress]]:
        found = records.latest(connection) if number is None else [records.by_id(connection, number)]
        return [(each, progress_of(connection, each, now)) for each in found]

    looked_at = store.read(look)
    if as_json:
        told = [_as_json(*each) for each in looked_at]
        show_json(told if number is None else told[0])
    else:
        click.echo("\n\n".join(_in_words(words, *each) for each in looked_at) or words("broadcast.none"))


def _as_json(found: Broadcast, progress: Progress) -> dict[str, Any]:
    end = progress.expected_end
    facts = {"id": found.id, "state": found.state.value, "audience": found.draft.audience.value}
    return {**facts, "unit": found.draft.unit, **asdict(progress), "expected_end": end.isoformat() if end else None}


def _in_words(words: Words, found: Broadcast, progress: Progress) -> str:
    text = found.draft.text_en if words.language == "en" else found.draft.text_vi
    start = " ".join(text.split())
    short = start if len(start) <= LONGEST_START else f"{start[:LONGEST_START]}…"
    figures = [(name, getattr(progress, name)) for name in _FIGURES]
    shown = (words(f"broadcast.{name}", number=value) for name, value in figures if value or name in _FIGURES[:2])
    lines = [
        f"{found.id}  {words(f'broadcast.state_{found.state.value}')}  {short}",
        f"{bar(progress)}  {words('broadcast.of', tried=progress.tried, planned=progress.planned)}",
        ", ".join(shown),
    ]
    if progress.expected_end:
        end = formats.datetime_text(progress.expected_end, words.language)
        lines.append(words("broadcast.pace", number=progress.per_minute, end=end))
    return "\n".join(lines)


def bar(progress: Progress) -> str:
    """Draw how much was sent out."""
    done = BAR * progress.tried // progress.planned if progress.planned else 0
    return "█" * done + "░" * (BAR - done)

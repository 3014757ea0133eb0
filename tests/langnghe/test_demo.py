"""The sample world: whole, true to its own figures, the same again from the same seed."""

import asyncio
import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, func, select

from langnghe.demo.build import build
from langnghe.demo.reporting import answering
from langnghe.demo.wish import Wish
from offices.presets import preset_names
from petitions.lifecycle import OPEN, TRANSITIONS, Status
from storage import audit, dossier_recount, draws, invitation_figures, kept_checks, outbox, recount, units
from storage.closed_periods import records
from storage.dossiers import finished_by_stratum, of_code
from storage.figures import Scope, figures
from storage.invitation_figures import Response
from storage.invitations import Slip
from storage.results.audience import size
from storage.tables import metadata
from storage.tables.conversations import dead_letter
from storage.tables.delivery import due
from storage.tables.integrity import flagged_rating, rating_flag
from storage.tables.people import identity
from storage.tables.petitions import petition, petition_history
from storage.tables.ratings import rating, visit_token
from storage.tables.staff import staff
from storage.tally_rows import Grain
from surveys.periods import Period, year_period
from tests.offices.builders import a_dossier
from tests.storage.ratings_world import NOON

TODAY = date(2026, 11, 21)
WISH = Wish("commune-2025", TODAY, scale=0.03)
RANDOM_BY_NATURE = {"staff.password_hash", "outbox.lease_token", "conversation.args"}
"""Salts, leases and the one-time codes that link a chat come from the machine's own chance, whatever the seed."""


def made(file: Path, wish: Wish) -> Path:
    asyncio.run(build(file, wish, lambda _day: None))
    return file


@pytest.fixture(scope="module")
def world_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("demo") / "langnghe.db", WISH)


@pytest.fixture
def world(world_file: Path) -> Iterator[Connection]:
    engine = create_engine(f"sqlite:///{world_file}")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def number(world: Connection, table: Any, *conditions: Any) -> int:
    return int(world.scalar(select(func.count()).select_from(table).where(*conditions)) or 0)


def test_the_audit_trail_is_whole(world: Connection) -> None:
    entries, fault = audit.verify(world)
    assert entries > 100
    assert fault is None


def test_the_kept_counts_equal_a_recount(world: Connection) -> None:
    assert recount.compare(world).is_equal
    assert number(world, rating) > 150
    of_dossiers = dossier_recount.compare(world)
    assert of_dossiers.is_equal
    assert of_dossiers.compared[Grain.DAY_FIELD] > 100


def test_every_petition_has_an_owner_and_a_status_that_its_history_leads_to(world: Connection) -> None:
    directory = units.load_directory(world)
    for row in world.execute(select(petition)):
        assert row.unit in directory
        steps = world.execute(
            select(petition_history).where(petition_history.c.petition_id == row.id).order_by(petition_history.c.number)
        ).all()
        assert (steps[0].event, steps[0].before) == ("submit", None)
        for before, step in pairwise(steps):
            assert step.before == before.after
            assert step.at >= before.at
            assert TRANSITIONS[Status(step.before), step.event].next == step.after
        assert steps[-1].after == row.status
        assert steps[-1].number == row.version


def test_petitions_stand_open_in_every_status_some_late_some_due_now(world: Connection) -> None:
    found = world.execute(select(petition.c.status, petition.c.due_on).where(petition.c.closed_at.is_(None))).all()
    assert {row.status for row in found} == {status.value for status in OPEN}
    next_working = date(2026, 11, 23)
    assert {"late", "now", "later"} == {
        "late" if row.due_on < TODAY else "now" if row.due_on == next_working else "later" for row in found
    }


def test_lateness_was_reminded_of_and_escalated(world: Connection) -> None:
    events = set(world.scalars(select(petition_history.c.event)))
    assert {"submit", "forward", "accept", "draft", "approve", "answer", "publish", "remind", "escalate"} <= events


def test_nothing_waits_to_be_sent_and_nothing_has_failed(world: Connection) -> None:
    assert outbox.count_by_state(world).keys() == {"sent"}
    assert number(world, dead_letter) == 0
    assert number(world, due, due.c.state == "failed") == 0
    assert number(world, due, due.c.kind == "housekeeping", due.c.state == "waiting") == 1


def test_nothing_of_the_citizens_stands_in_the_petitions(world: Connection) -> None:
    names = [name for name in world.scalars(select(identity.c.name)) if name]
    assert names
    assert all(name.startswith("Người gửi mẫu") for name in names)
    rows = [*world.execute(select(petition)), *world.execute(select(petition_history))]
    told = json.dumps([list(row) for row in rows], ensure_ascii=False, default=str)
    assert "Người gửi mẫu" not in told
    assert "cong-dan-mau" not in told


def test_officials_are_visibly_samples(world: Connection) -> None:
    assert all(" mẫu " in name for name in world.scalars(select(staff.c.name)))
    assert all(world.scalars(select(staff.c.active)))


def test_some_tokens_were_never_used(world: Connection) -> None:
    assert number(world, visit_token, visit_token.c.used_at.is_(None)) > 50
    assert number(world, rating, rating.c.verified.is_(True)) > 50


def test_more_dossiers_were_returned_than_rated_and_each_proved_rating_has_its_own(world: Connection) -> None:
    always = Period(date(2025, 1, 1), TODAY, year_period(2026).label)
    of_procedures = rating.c.service == "tthc"
    assert sum(finished_by_stratum(world, always).values()) > number(world, rating, of_procedures)
    proved = world.scalars(select(rating.c.dossier).where(of_procedures, rating.c.dossier.is_not(None))).all()
    assert len(proved) > 50
    assert all(of_code(world, code) for code in proved)


def test_the_year_before_can_be_compared(world: Connection) -> None:
    before = Period(date(2025, 9, 1), date(2025, 11, 20), year_period(2025).label)
    assert figures(world, "quick", Scope(before)).counts.score("overall").n > 0


def test_its_figures_were_closed_told_and_checked_by_lot(world: Connection) -> None:
    closed = records.every(world)
    assert len(closed) > 1
    assert records.faults(world) == []
    assert sum(size(world, each).written for each in closed) > 0
    [made] = draws.all_draws(world)
    response = sum(invitation_figures.by_stratum(world, made.id).values(), Response())
    assert response.printed > response.answered > 0
    assert number(world, rating, rating.c.assisted) > 0


def test_its_year_was_looked_through_and_holds_ratings_worth_a_look(world: Connection) -> None:
    found = world.scalars(
        select(rating_flag.c.detector).join(flagged_rating, flagged_rating.c.rating_id == rating_flag.c.rating_id)
        .where(flagged_rating.c.suspect)
    ).all()  # fmt: skip
    assert {"staff_own_unit", "same_text"} <= set(found)
    checked = kept_checks.latest(world, year_period(2026))
    assert checked is not None
    assert 5 < (checked.suspect or 0) < 20


def fingerprint(file: Path) -> dict[str, str]:
    """Hash what every table holds."""
    engine = create_engine(f"sqlite:///{file}")
    hashes: dict[str, str] = {}
    with engine.connect() as connection:
        for table in metadata.sorted_tables:
            columns = [column for column in table.c if f"{table.name}.{column.name}" not in RANDOM_BY_NATURE]
            rows = [list(row) for row in connection.execute(select(*columns).order_by(*table.primary_key))]
            hashes[table.name] = hashlib.sha256(json.dumps(rows, default=str).encode()).hexdigest()
    engine.dispose()
    return hashes


def test_nobody_answers_by_a_slip_that_has_run_out() -> None:
    given = [Slip(a_dossier(code=f"H-{number}"), "token", NOON + timedelta(days=14)) for number in range(2000)]
    answers = list(answering(Random(1), given, {"H-7"}, NOON))  # noqa: S311 - the same people each time
    assert len(answers) > 100
    assert all(NOON < at < slip.expires_at for at, _, slip in answers)
    assert all(slip is given[number] for _, number, slip in answers)
    assert 7 not in {number for _, number, _ in answers}


def test_the_same_wish_gives_the_same_world(world_file: Path, tmp_path: Path) -> None:
    assert fingerprint(made(tmp_path / "again.db", WISH)) == fingerprint(world_file)


def test_another_seed_gives_another_world(tmp_path: Path) -> None:
    small = Wish("commune-2025", date(2025, 9, 15), scale=0.01)
    other = replace(small, seed=2)
    first, second = fingerprint(made(tmp_path / "1.db", small)), fingerprint(made(tmp_path / "2.db", other))
    assert first["unit"] == second["unit"]
    assert first["petition"] != second["petition"]
    assert first["rating"] != second["rating"]


def test_every_preset_can_be_lived_in(tmp_path: Path) -> None:
    assert set(preset_names()) == {"commune-2025", "district-2024"}
    file = made(tmp_path / "district.db", Wish("district-2024", date(2024, 4, 30), scale=0.02))
    engine = create_engine(f"sqlite:///{file}")
    with engine.connect() as connection:
        assert audit.verify(connection)[1] is None
        assert outbox.count_by_state(connection).keys() == {"sent"}
        assert number(connection, dead_letter) == 0
        assert set(connection.scalars(select(petition.c.status))) >= {status.value for status in OPEN}
    engine.dispose()

"""Dossiers in both databases: taken over once, corrected, found again, and counted by stratum."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine, select
from sqlalchemy.exc import IntegrityError

from offices.datafiles import Label
from offices.dossiers import Dossier, DossierState, StratumKey
from offices.units import Tier
from storage import dossiers
from storage.database import Database
from storage.dossiers import CHUNK, Changes
from storage.tables import metadata
from storage.tables.dossiers import dossier as table
from surveys.periods import Period
from tests.offices.builders import a_dossier

NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 30), Label("Tháng 11", "November"))
DAYS = st.dates(date(2026, 10, 25), date(2026, 12, 5))


async def test_a_list_taken_over_twice_changes_nothing(database: Database) -> None:
    def job(connection: Connection) -> None:
        listed = [a_dossier(code=f"H-{number}") for number in range(CHUNK + 1)]
        assert dossiers.upsert(connection, listed, NOW) == Changes(added=CHUNK + 1)
        assert dossiers.upsert(connection, listed, LATER) == Changes(unchanged=CHUNK + 1)
        assert set(connection.scalars(select(table.c.changed_at))) == {NOW}

    await database.write(job)


async def test_a_corrected_dossier_takes_the_place_of_the_old_one(database: Database) -> None:
    def job(connection: Connection) -> None:
        kept, wrong = a_dossier(code="H-1"), a_dossier(code="H-2", returned_on=None)
        right = a_dossier(code="H-2", level=Tier.PROVINCE)
        dossiers.upsert(connection, [kept, wrong], NOW)
        assert dossiers.upsert(connection, [kept, right, a_dossier(code="H-3")], LATER) == Changes(1, 1, 1)
        assert dossiers.of_code(connection, "H-2") == right
        assert dossiers.of_code(connection, "H-4") is None
        moments = {row.code: row.changed_at for row in connection.execute(select(table))}
        assert moments == {"H-1": NOW, "H-2": LATER, "H-3": LATER}

    await database.write(job)


async def test_of_one_code_the_last_row_stands(database: Database) -> None:
    def job(connection: Connection) -> None:
        first, last = a_dossier(field="land"), a_dossier(field="justice")
        assert dossiers.upsert(connection, [first, last], NOW) == Changes(added=1)
        assert dossiers.of_code(connection, last.code) == last

    await database.write(job)


async def test_finished_dossiers_are_counted_by_their_stratum_and_period(database: Database) -> None:
    def job(connection: Connection) -> None:
        ends = [date(2026, 10, 31), date(2026, 11, 1), date(2026, 11, 30), date(2026, 12, 1), None]
        listed = [
            a_dossier(code=f"H-{unit}-{place}", unit=unit, field=field, received_on=date(2026, 10, 1), returned_on=end)
            for unit, field in (("vp", "land"), ("tp", "justice"))
            for place, end in enumerate(ends)
        ]
        dossiers.upsert(connection, listed, NOW)
        both = {StratumKey("tp", "justice", "commune"): 2, StratumKey("vp", "land", "commune"): 2}
        assert dossiers.finished_by_stratum(connection, NOVEMBER) == both
        assert list(dossiers.finished_by_stratum(connection, NOVEMBER, {"vp"})) == [("vp", "land", "commune")]
        assert list(dossiers.finished_by_stratum(connection, NOVEMBER, None, ("justice",))) == [
            ("tp", "justice", "commune")
        ]
        assert dossiers.finished_by_stratum(connection, NOVEMBER, ()) == {}

    await database.write(job)


@pytest.mark.parametrize(
    "wrong",
    [
        {"received_on": date(2026, 11, 13)},
        {"state": DossierState.WITHDRAWN},
        {"state": DossierState.REFUSED, "returned_on": None},
        {"withdrawn_on": date(2026, 11, 12)},
        {"state": DossierState.REFUSED, "withdrawn_on": date(2026, 11, 12)},
        {"state": DossierState.WITHDRAWN, "returned_on": None, "withdrawn_on": date(2026, 11, 1)},
    ],
    ids=str,
)
async def test_the_database_itself_refuses_days_that_cannot_be(database: Database, wrong: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError):
        await database.write(lambda connection: dossiers.upsert(connection, [a_dossier(**wrong)], NOW))


@st.composite
def lists(draw: st.DrawFn) -> list[Dossier]:
    """Make lists of dossiers of a few codes, some of them several times."""
    return [
        a_dossier(
            code=f"H-{draw(st.integers(1, 8))}",
            unit=draw(st.sampled_from(["vp", "tp"])),
            level=draw(st.sampled_from(Tier)),
            received_on=date(2026, 10, 1),
            returned_on=draw(st.none() | DAYS),
        )
        for _ in range(draw(st.integers(0, 12)))
    ]


@given(st.lists(lists(), max_size=3))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_lists_come_the_counts_are_those_of_the_last_word_on_each_dossier(
    several: list[list[Dossier]],
) -> None:
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    last: dict[str, Dossier] = {}
    with engine.begin() as connection:
        for listed in several:
            newest = {each.code: each for each in listed}
            known = {code for code in newest if code in last}
            same = {code for code in known if last[code] == newest[code]}
            wanted = Changes(len(newest) - len(known), len(known) - len(same), len(same))
            assert dossiers.upsert(connection, listed, NOW) == wanted
            last |= newest
        finished = (each for each in last.values() if each.returned_on and each.returned_on.month == 11)
        assert dossiers.finished_by_stratum(connection, NOVEMBER) == Counter(each.stratum for each in finished)
    engine.dispose()

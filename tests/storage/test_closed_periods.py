"""Closed periods stay as they were closed; what changes later is a revision, and what is altered is found."""

import asyncio
import csv
import hashlib
import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import partial
from math import ceil, floor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, func, select, update

from offices.dossiers import DossierState
from offices.errors import DomainError
from offices.worktime import LOCAL
from storage import audit, dossiers
from storage.closed_periods import files, records
from storage.closed_periods.closing import Closing, freeze, measured
from storage.closed_periods.document import canonical, changes, digest
from storage.closed_periods.records import ClosedPeriod, Fault
from storage.database import Database
from storage.dossier_import import Source, take_over
from storage.list_report import list_report
from storage.petition_figures import timeliness
from storage.plan_report import Measuring
from storage.tables.audit import audit as audit_table
from storage.tables.periods import closed_period
from surveys.targets import plan
from surveys.visits import Service, Visit
from tests.offices.builders import a_dossier
from tests.storage.ratings_world import noon, rate

IN_Q1 = date(2026, 3, 14)
NOON_IN_Q1 = noon(IN_Q1)
DAY_AFTER = noon(date(2026, 3, 15))
VISIT = Visit("VP", "land", Service.TTHC, verified=True)
[Q1] = [report for report in plan("UH24").reports(2026) if report.id == "UH24-Q1"]
[MARCH] = [report for report in plan("YT24").reports(2026) if report.id == "YT24-MONTHLY-03"]
CLOSING = Closing(plan("YT24"), MARCH, noon(date(2026, 4, 1)), "staff:7")
WHO = "period:YT24-MONTHLY-03/2026"


async def rated(database: Database, good: int, bad: int = 0, day: date = IN_Q1) -> None:
    def add(connection: Connection) -> None:
        for number in range(good + bad):
            rate(connection, visit=VISIT, answers={"overall": 5 if number < good else 1}, at=noon(day))

    await database.write(add)


async def close(database: Database, closing: Closing = CLOSING) -> ClosedPeriod:
    targets = await database.read(lambda connection: measured(connection, closing, timeliness))
    return await database.write(lambda connection: freeze(connection, closing, targets))


async def refusal(database: Database, closing: Closing) -> str:
    with pytest.raises(DomainError) as caught:
        await close(database, closing)
    return caught.value.key


async def faults(database: Database) -> list[Fault]:
    return await database.read(records.faults)


def target(closed: ClosedPeriod, name: str) -> dict[str, Any]:
    targets: list[dict[str, Any]] = json.loads(closed.document)["targets"]
    return next(each for each in targets if each["id"] == name)


async def test_a_later_list_that_says_the_same_of_the_window_changes_nothing_closed(database: Database) -> None:
    for day in (date(2026, 3, 31), date(2026, 4, 30)):
        source = Source("0" * 64, "system", day)
        await database.write(partial(take_over, entries=(), source=source, now=DAY_AFTER, tell=lambda _: None))
        if day < CLOSING.now.date():
            assert target(await close(database), "YT24-ONTIME")["complete_to"] == "2026-03-31"
    assert await refusal(database, replace(CLOSING, reason="Danh sách mới")) == "period_unchanged"


async def test_every_target_is_frozen_with_all_that_belongs_to_its_figure(database: Database) -> None:
    await rated(database, 17, 2)
    closed = await close(database)
    document = json.loads(closed.document)
    assert [each["id"] for each in document["targets"]] == [each.id for each in plan("YT24").targets]
    assert (document["plan"], document["period"], document["year"]) == ("YT24", "YT24-MONTHLY-03", 2026)
    assert (document["from"], document["to"], document["due"]) == ("2026-03-01", "2026-03-31", "2026-04-04")
    assert (document["as_of"], document["closed_at"], document["closed_by"]) == (
        "2026-04-01", "2026-04-01T05:00:00Z", "staff:7",
    )  # fmt: skip
    assert (document["revision"], document["reason"], document["changes"]) == (0, None, [])
    figure = target(closed, "YT24-SAT-TTHC")
    assert (figure["n"], figure["n_verified"], figure["value"]) == (19, 19, "1700/19")
    assert Fraction(figure["low"]) < Fraction(1700, 19) < Fraction(figure["high"])
    assert (figure["formula_id"], figure["interval_id"]) == ("top-two/1", "clopper-pearson/1")
    assert (figure["questionnaire"], figure["versions"]) == ("quick", [1])
    assert (figure["operator"], figure["target"], figure["verdict"]) == (">=", "95", "inconclusive")
    assert figure["reason"] == "interval_holds_target"
    assert target(closed, "YT24-BACKLOG")["value"] is None


async def test_closing_is_on_record_with_its_hash_and_who_closed_it(database: Database) -> None:
    closed = await close(database)
    rows = await database.read(lambda connection: connection.execute(select(audit_table)).all())
    assert [(row.actor, row.action, row.subject) for row in rows] == [("staff:7", "period.close", WHO)]
    assert json.loads(rows[0].details) == {"revision": 0, "sha256": closed.sha256, "via": "page"}
    assert closed.sha256 == hashlib.sha256(closed.document.encode()).hexdigest()
    assert await faults(database) == []


async def test_a_window_that_is_not_over_is_not_closed(database: Database) -> None:
    """The last day ends at midnight in Vietnam, 17:00 UTC."""
    last_moment = datetime(2026, 3, 31, 16, 59, 59, tzinfo=UTC)
    assert await refusal(database, replace(CLOSING, now=last_moment)) == "period_not_over"
    await close(database, replace(CLOSING, now=last_moment + timedelta(seconds=1)))


async def test_what_is_closed_is_closed_once(database: Database) -> None:
    await close(database)
    assert await refusal(database, CLOSING) == "period_closed"
    assert await refusal(database, replace(CLOSING, reason=" \u200b ")) == "period_closed"
    assert await refusal(database, replace(CLOSING, reason="Nhập muộn")) == "period_unchanged"
    assert len(await database.read(records.every)) == 1


async def test_only_what_is_closed_can_be_corrected(database: Database) -> None:
    assert await refusal(database, replace(CLOSING, reason="Nhập muộn")) == "period_not_closed"
    assert await database.read(records.every) == []


async def test_a_correction_is_a_revision_that_says_what_changed_from_what_to_what(database: Database) -> None:
    await rated(database, 12)
    first = await close(database)
    await rated(database, 6, 2)
    later = replace(CLOSING, now=noon(date(2026, 4, 9)), actor="system", reason="  Phiếu giấy nhập muộn ")
    second = await close(database, later)
    assert await database.read(records.every) == [first, second]
    document = json.loads(second.document)
    assert (document["revision"], document["reason"]) == (1, "Phiếu giấy nhập muộn")
    changed = {(each["target"], each["what"]): (each["from"], each["to"]) for each in document["changes"]}
    assert changed["YT24-SAT-TTHC", "n"] == (12, 20)
    assert changed["YT24-SAT-TTHC", "value"] == ("100", "90")
    assert {name for name, _ in changed} == {"YT24-SAT-TTHC", "YT24-SAT-TTHC-LCI"}
    assert await refusal(database, later) == "period_unchanged"
    assert await faults(database) == []


async def test_what_was_rated_in_another_window_changes_nothing(database: Database) -> None:
    await rated(database, 12)
    await close(database)
    await rated(database, 0, 12, day=date(2026, 4, 1))
    assert await refusal(database, replace(CLOSING, reason="Nhập muộn")) == "period_unchanged"


async def test_freezing_and_its_record_are_one(database: Database) -> None:
    targets = await database.read(lambda connection: measured(connection, CLOSING, timeliness))

    def fail_behind(connection: Connection) -> None:
        freeze(connection, CLOSING, targets)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await database.write(fail_behind)
    assert await database.read(records.every) == []
    assert await database.read(audit.verify) == (0, None)


async def test_of_two_who_close_at_once_one_is_refused(database: Database) -> None:
    outcomes = await asyncio.gather(*(close(database) for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(each, ClosedPeriod) for each in outcomes) == 1
    assert {each.key for each in outcomes if isinstance(each, DomainError)} == {"period_closed"}
    assert await faults(database) == []


async def test_two_plans_and_years_are_closed_apart(database: Database) -> None:
    await close(database)
    await close(database, Closing(plan("UH24"), Q1, DAY_AFTER, "system"))
    earlier = next(report for report in plan("YT24").reports(2025) if report.id == MARCH.id)
    await close(database, replace(CLOSING, report=earlier))
    assert [(each.report, each.year) for each in await database.read(records.every)] == [
        ("UH24-Q1", 2026), ("YT24-MONTHLY-03", 2025), ("YT24-MONTHLY-03", 2026),
    ]  # fmt: skip
    assert len(await database.read(lambda connection: records.every(connection, "YT24"))) == 2


async def alter(database: Database, **values: object) -> list[Fault]:
    await database.write(lambda connection: connection.execute(update(closed_period).values(values)))
    return await faults(database)


async def test_altered_bytes_are_found_also_under_a_new_hash_and_nothing_is_built_on_them(database: Database) -> None:
    await rated(database, 10, 9)
    closed = await close(database)
    forged = closed.document.replace("not_met", "met")
    assert forged != closed.document
    altered = [Fault(WHO, 0, "altered")]
    assert await alter(database, document=forged) == altered
    assert await refusal(database, replace(CLOSING, reason="Nhập muộn")) == "period_altered"
    assert await alter(database, sha256=digest(forged)) == altered
    assert await alter(database, document="[]", sha256=digest("[]")) == altered
    assert await alter(database, document=closed.document, sha256=closed.sha256) == []
    assert await alter(database, closed_by="staff:8") == altered
    assert await alter(database, closed_by="staff:7", closed_at=DAY_AFTER) == altered


async def test_a_closing_that_was_removed_or_slipped_in_is_found(database: Database) -> None:
    closed = await close(database)
    assert await alter(database, revision=3) == [Fault(WHO, 0, "removed"), Fault(WHO, 3, "not_on_record")]
    await database.write(lambda connection: connection.execute(delete(closed_period)))
    assert await faults(database) == [Fault(closed.subject, 0, "removed")]
    assert await database.read(lambda connection: connection.scalar(select(func.count()).select_from(audit_table))) == 1


async def test_a_closed_period_is_written_byte_for_byte_the_same(database: Database) -> None:
    await rated(database, 17, 2)
    closed = await close(database)
    json_file, csv_file = files.as_json(closed), files.as_csv(closed)
    await rated(database, 0, 30)
    await close(database, replace(CLOSING, reason="Nhập muộn", now=noon(date(2026, 5, 1))))
    again = await database.read(lambda connection: records.latest(connection, "YT24", MARCH.id, 2026, 0))
    assert again is not None
    assert (files.as_json(again), files.as_csv(again)) == (json_file, csv_file)
    assert hashlib.sha256(json_file).hexdigest() == closed.sha256
    newest = await database.read(lambda connection: records.latest(connection, "YT24", MARCH.id, 2026))
    assert newest is not None
    assert newest.revision == 1
    assert files.as_csv(newest) != csv_file


async def test_the_table_shows_the_exact_value_and_rounds_the_interval_outwards(database: Database) -> None:
    await rated(database, 17, 2)
    closed = await close(database)
    text = files.as_csv(closed).decode("utf-8-sig")
    assert text.endswith("\r\n")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["id"] for row in rows] == [each.id for each in plan("YT24").targets]
    row = next(each for each in rows if each["id"] == "YT24-SAT-TTHC")
    assert (row["value"], row["value_numerator"], row["value_denominator"]) == ("89.473684", "1700", "19")
    exact = target(closed, "YT24-SAT-TTHC")
    for name, outwards in (("low", -1), ("high", 1)):
        off = (Fraction(row[name]) - Fraction(exact[name])) * outwards
        assert 0 <= off < Fraction(1, 10**6)
    assert (row["period"], row["from"], row["as_of"]) == ("YT24-MONTHLY-03", "2026-03-01", "2026-04-01")
    assert {row["sha256"] for row in rows} == {closed.sha256}
    missing = next(each for each in rows if each["id"] == "YT24-BACKLOG")
    assert (missing["value"], missing["low"], missing["reason"]) == ("", "", "nothing_counted")
    joint = next(each for each in rows if each["id"] == "YT24-SAT-TTHC-LCI")
    assert joint["fields"] == "land construction investment"
    assert Decimal(joint["target"]) == 90


FROZEN = st.lists(
    st.fixed_dictionaries({"id": st.sampled_from("abcd"), "n": st.integers(0, 3), "value": st.none() | st.just("9/2")}),
    unique_by=lambda each: each["id"],
)


@given(FROZEN, FROZEN)
def test_changes_lead_from_the_one_to_the_other(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> None:
    found = changes(before, after)
    assert (found == []) == (sorted(before, key=str) == sorted(after, key=str))
    state = {each["id"]: dict(each) for each in before}
    for each in found:
        row = state.setdefault(each["target"], {})
        assert row.get(each["what"]) == each["from"] != each["to"]
        row[each["what"]] = each["to"]
    gone = {name for name, row in state.items() if row["id"] is None}
    want = {each["id"]: each for each in after}
    kept = {
        name: {key: row.get(key) for key in ("id", "n", "value")} for name, row in state.items() if name not in gone
    }
    assert kept == want


@given(st.dictionaries(st.text(max_size=4), st.none() | st.text(max_size=6) | st.integers() | st.booleans()))
def test_the_order_in_which_a_document_is_made_does_not_change_its_bytes(document: dict[str, Any]) -> None:
    turned = dict(reversed(document.items()))
    assert canonical(turned) == canonical(document)
    assert json.loads(canonical(document)) == document


EXACT = st.lists(st.fractions(-100, 100), min_size=3, max_size=3).map(sorted)


@given(EXACT)
def test_every_figure_of_the_table_is_near_the_exact_one_and_the_interval_never_narrower(ends: list[Fraction]) -> None:
    low, value, high = ends
    frozen = dict.fromkeys([*files.TARGET, *files.BASIS], "x") | {"target": "90", "stretch_target": None}
    frozen |= {"low": str(low), "value": str(value), "high": str(high)}
    document = canonical({**dict.fromkeys(files.HEAD, "x"), "targets": [frozen]})
    closed = ClosedPeriod("x", "x", 2026, 0, document, digest(document), "system", DAY_AFTER)
    [row] = csv.DictReader(io.StringIO(files.as_csv(closed).decode("utf-8-sig"), newline=""))
    assert Fraction(int(row["value_numerator"]), int(row["value_denominator"])) == value
    assert abs(Fraction(row["value"]) - value) <= Fraction(1, 2 * 10**6)
    assert 0 <= low - Fraction(row["low"]) < Fraction(1, 10**6)
    assert 0 <= Fraction(row["high"]) - high < Fraction(1, 10**6)
    assert (row["target"], row["stretch_target"]) == ("90.000000", "")


async def listed(
    database: Database, numbers: int, scores: list[int], field: str = "land", at: datetime = NOON_IN_Q1
) -> None:
    """Put dossiers finished in March on the list, and rate the first of them with these scores."""

    def job(connection: Connection) -> None:
        codes = [f"{field}-{number}".upper() for number in range(numbers)]
        made = [
            a_dossier(code=code, unit="VP", field=field, received_on=IN_Q1, due_on=IN_Q1, returned_on=IN_Q1)
            for code in codes
        ]
        dossiers.upsert(connection, made, noon(IN_Q1))
        for code, score in zip(codes, scores, strict=False):
            visit = Visit("VP", field, Service.TTHC, code, verified=True)
            rate(connection, visit=visit, answers={"overall": score}, at=at)

    await database.write(job)


async def test_the_estimate_from_the_list_is_frozen_with_the_figure(database: Database) -> None:
    await listed(database, 400, [5] * 10 + [1] * 10)
    await listed(database, 100, [5] * 60, "justice")
    closed = await close(database)
    figure = target(closed, "YT24-SAT-TTHC")
    assert (figure["value"], figure["list_value"]) == ("175/2", "60")  # 70 of 80; four fifths one half, one fifth all
    assert (figure["list_n"], figure["list_population"], figure["list_excluded"]) == (80, 500, [])
    assert (figure["list_formula_id"], figure["list_verdict"]) == ("post-stratified/1", "not_met")
    assert Fraction(figure["list_low"]) < 60 < Fraction(figure["list_high"])
    assert figure["list_strata"] == ["VP/justice/commune: 60 of 100", "VP/land/commune: 20 of 400"]
    assert "list_value" not in target(closed, "YT24-BACKLOG")
    (row,) = [
        each for each in csv.DictReader(io.StringIO(files.as_csv(closed).decode("utf-8-sig")))
        if each["id"] == "YT24-SAT-TTHC"
    ]  # fmt: skip
    assert (row["list_value"], row["list_n"], row["list_population"]) == ("60.000000", "80", "500")
    assert not {"list_value_numerator", "list_value_denominator", "list_strata", "list_joined"} & row.keys()
    assert (row["value_numerator"], row["value_denominator"]) == ("175", "2")


async def test_the_frozen_estimate_is_rounded_and_its_interval_outwards(database: Database) -> None:
    """Of 41, 43 and 47 dossiers 7, 11 and 13 were rated: the exact share tells how many were satisfied of each."""
    for field, numbers, good, bad in (("land", 41, 3, 4), ("justice", 43, 5, 6), ("culture", 47, 13, 0)):
        await listed(database, numbers, [5] * good + [1] * bad, field)
    exact = 100 * (Fraction(41 * 3, 7) + Fraction(43 * 5, 11) + Fraction(47 * 13, 13)) / 131
    now = await database.read(lambda connection: measured(connection, CLOSING, timeliness))
    closed = await database.write(lambda connection: freeze(connection, CLOSING, now))
    figure = target(closed, "YT24-SAT-TTHC")
    told = [Fraction(figure[name]) for name in ("list_low", "list_value", "list_high")]
    assert told == sorted(told)
    assert all((each * 100).denominator == 1 for each in told)
    assert 0 < abs(told[1] - exact) <= Fraction(1, 200)
    measuring = Measuring(MARCH.period, CLOSING.now, timeliness)
    rows = await database.read(lambda connection: list_report(connection, "YT24", measuring))
    found = next(row.measurement for row in rows if row.row.target.id == "YT24-SAT-TTHC")
    assert found.low is not None
    assert found.high is not None
    # Both would go inwards if they were rounded to the nearest.
    assert told[0] == Fraction(floor(found.low * 100), 100) != Fraction(round(found.low * 100), 100)
    assert told[2] == Fraction(ceil(found.high * 100), 100) != Fraction(round(found.high * 100), 100)


async def test_a_period_closed_with_an_exact_estimate_is_corrected_only_when_figures_change(database: Database) -> None:
    await listed(database, 41, [5] * 5 + [1] * 6)
    await listed(database, 43, [5] * 5 + [1] * 2, "culture")
    now = await database.read(lambda connection: measured(connection, CLOSING, timeliness))
    third = Fraction(1, 300)
    shifts = {"list_low": third, "list_value": third, "list_high": -third}

    def as_before(told: dict[str, Any]) -> dict[str, Any]:
        return {**told, **{name: str(Fraction(told[name]) + shift) for name, shift in shifts.items()}}

    early = [as_before(dict(each)) if each.get("list_value") else each for each in now]
    first = await database.write(lambda connection: freeze(connection, CLOSING, early))
    later = replace(CLOSING, now=noon(date(2026, 4, 9)), reason="Danh sách bổ sung")
    assert await refusal(database, later) == "period_unchanged"
    await listed(database, 60, [5] * 12, "justice")
    second = await close(database, later)
    exact = target(first, "YT24-SAT-TTHC")["list_value"]
    assert 100 % Fraction(exact).denominator != 0
    assert exact not in second.document


CLOSED = Path(__file__).with_name("closed")


@pytest.mark.parametrize("early", ["first", "with-estimates"])
def test_what_was_closed_by_an_early_version_is_written_as_that_version_wrote_it(early: str) -> None:
    """The files were written when periods could first be closed, and by the first version with estimates."""
    document = (CLOSED / f"{early}.json").read_text(encoding="utf-8")
    told = json.loads(document)
    closed_at = datetime.fromisoformat(told["closed_at"])
    closed = ClosedPeriod(
        told["plan"], told["period"], told["year"], 0, document, digest(document), told["closed_by"], closed_at
    )
    assert closed.is_whole
    assert closed.answered_before == closed_at
    assert files.as_json(closed) == (CLOSED / f"{early}.json").read_bytes()
    assert files.as_csv(closed) == (CLOSED / f"{early}.csv").read_bytes()


async def test_dossiers_that_come_late_are_a_revision_of_the_estimate_alone(database: Database) -> None:
    await listed(database, 40, [5] * 20)
    await listed(database, 10, [1] * 4, "justice")
    await close(database)
    await listed(database, 60, [])
    later = replace(CLOSING, now=noon(date(2026, 4, 9)), reason="Danh sách bổ sung")
    document = json.loads((await close(database, later)).document)
    changed = {
        each["what"]: (each["from"], each["to"])
        for each in document["changes"] if each["target"] == "YT24-SAT-TTHC"
    }  # fmt: skip
    assert all(what.startswith("list_") for what in changed)
    assert changed["list_population"] == (50, 70)
    assert "list_strata" not in changed


async def test_a_revision_of_what_told_more_of_its_strata_does_not_repeat_it(database: Database) -> None:
    await listed(database, 40, [5] * 20)
    now = await database.read(lambda connection: measured(connection, CLOSING, timeliness))
    early = [{**each, "list_strata": ["VP/land/commune: 20 of 40, 20"]} if "list_n" in each else each for each in now]
    first = await database.write(lambda connection: freeze(connection, CLOSING, early))
    later = replace(CLOSING, now=noon(date(2026, 4, 9)), reason="Danh sách bổ sung")
    assert await refusal(database, later) == "period_unchanged"
    await listed(database, 60, [])
    second = await close(database, later)
    assert "20 of 40, 20" in first.document
    assert "20 of 40, 20" not in second.document


MIDNIGHT = datetime(2026, 4, 1, tzinfo=LOCAL)


async def test_answers_of_the_day_of_closing_and_later_are_not_in_the_estimate(database: Database) -> None:
    await listed(database, 40, [5] * 20)
    await listed(database, 40, [5], "justice", MIDNIGHT - timedelta(seconds=1))
    await listed(database, 40, [1] * 12, "culture", MIDNIGHT)
    closed = await close(database)
    assert (closed.answered_before, target(closed, "YT24-SAT-TTHC")["list_n"]) == (MIDNIGHT, 21)
    later = replace(CLOSING, now=noon(date(2026, 4, 9)), reason="Có thêm phiếu")
    assert await refusal(database, later) == "period_unchanged"
    await listed(database, 50, [], "justice")
    again = await close(database, later)
    assert (again.answered_before, target(again, "YT24-SAT-TTHC")["list_n"]) == (MIDNIGHT, 21)


async def test_a_period_closed_before_answers_had_a_bound_keeps_those_until_its_closing(database: Database) -> None:
    await listed(database, 40, [5] * 20)
    await listed(database, 40, [1] * 12, "culture", CLOSING.now - timedelta(hours=1))
    await listed(database, 40, [], "construction")
    wish = replace(CLOSING, now=CLOSING.now + timedelta(days=1))  # such a day would have given these figures
    targets = await database.read(lambda connection: measured(connection, wish, timeliness))

    def as_before(connection: Connection) -> None:
        made = freeze(connection, CLOSING, targets)
        told = {name: value for name, value in json.loads(made.document).items() if name != "answered_before"}
        document = canonical(told)
        connection.execute(update(closed_period).values(document=document, sha256=digest(document)))

    await database.write(as_before)
    await listed(database, 40, [1] * 12, "construction", CLOSING.now + timedelta(hours=1))
    assert await refusal(database, replace(wish, reason="Có thêm phiếu")) == "period_unchanged"


async def test_dossiers_in_time_are_frozen_with_those_that_cannot_be_judged(database: Database) -> None:
    await listed(database, 39, [])
    undated = a_dossier(code="H-1", received_on=IN_Q1, due_on=None, returned_on=None)
    late = a_dossier(code="H-2", received_on=IN_Q1, due_on=IN_Q1, returned_on=date(2026, 4, 1))
    withdrawn = replace(late, code="H-3", returned_on=None, state=DossierState.WITHDRAWN)
    await database.write(lambda connection: dossiers.upsert(connection, [undated, late, withdrawn], noon(IN_Q1)))
    closed = await close(database)
    figure = target(closed, "YT24-ONTIME")
    assert (figure["value"], figure["n"], figure["undated"], figure["verdict"]) == ("195/2", 40, 1, "met")
    assert (target(closed, "YT24-BACKLOG")["value"], target(closed, "YT24-BACKLOG")["n"]) == ("1", 40)
    rows = {row["id"]: row for row in csv.DictReader(io.StringIO(files.as_csv(closed).decode("utf-8-sig")))}
    for left_out in ("undated", "withdrawn"):
        assert (rows["YT24-ONTIME"][left_out], rows["YT24-BACKLOG"][left_out]) == ("1", "")
    assert rows["YT24-ONTIME"]["sha256"] == closed.sha256


async def test_a_list_that_tells_when_a_dossier_was_withdrawn_leaves_what_was_closed_and_is_a_revision(
    database: Database,
) -> None:
    await listed(database, 40, [])
    unknown = a_dossier(code="H-1", received_on=IN_Q1, due_on=IN_Q1, returned_on=None, state=DossierState.WITHDRAWN)
    await database.write(lambda connection: dossiers.upsert(connection, [unknown], noon(IN_Q1)))
    closed = await close(database)
    told = replace(unknown, withdrawn_on=IN_Q1 + timedelta(days=1))
    await database.write(lambda connection: dossiers.upsert(connection, [told], noon(IN_Q1)))
    later = await close(database, replace(CLOSING, reason="Danh sách ghi ngày rút"))
    first, second = target(closed, "YT24-ONTIME"), target(later, "YT24-ONTIME")
    assert (first["value"], first["n"], first["withdrawn"]) == ("100", 40, 1)
    assert (second["value"], second["n"], second["withdrawn"]) == (str(Fraction(4000, 41)), 41, 0)
    assert await database.read(records.every) == [closed, later]
    assert await faults(database) == []


async def test_a_period_closed_before_dossiers_were_counted_stays_as_it_is(database: Database) -> None:
    now = await database.read(lambda connection: measured(connection, CLOSING, timeliness))
    early = [{name: told for name, told in each.items() if name not in ("undated", "withdrawn")} for each in now]
    closed = await database.write(lambda connection: freeze(connection, CLOSING, early))
    assert b"undated" not in files.as_csv(closed)
    assert await refusal(database, replace(CLOSING, reason="Có danh sách")) == "period_unchanged"


async def test_a_period_closed_before_there_were_estimates_stays_as_it_is(database: Database) -> None:
    await listed(database, 40, [5] * 20)
    now = await database.read(lambda connection: measured(connection, CLOSING, timeliness))
    early = [{name: told for name, told in each.items() if not name.startswith("list_")} for each in now]
    closed = await database.write(lambda connection: freeze(connection, CLOSING, early))
    assert b"list_" not in files.as_csv(closed)
    assert await refusal(database, replace(CLOSING, reason="Có danh sách")) == "period_unchanged"

"""Ratings held against the list of finished dossiers, in both databases."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine

from offices.datafiles import Label
from offices.units import Tier
from storage import dossiers
from storage.database import Database
from storage.list_figures import Asked, list_figures
from storage.list_report import list_report
from storage.petition_figures import timeliness
from storage.plan_report import Measuring
from storage.tables import metadata
from surveys.items import AnswerValue
from surveys.periods import Period
from surveys.scoring import MINIMUM_N
from surveys.strata import Stratum, post_stratify
from surveys.targets import Verdict
from surveys.visits import Service, Visit
from tests.offices.builders import a_dossier
from tests.storage.ratings_world import NOON, rate

NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 30), Label("Tháng 11", "November"))
QUICK = Asked("quick", ["overall"], NOVEMBER)


def visit_of(code: str, *, verified: bool = True, assisted: bool = False) -> Visit:
    """Return the visit of a dossier."""
    return Visit("vp", "land", Service.TTHC, code, verified=verified, assisted=assisted)


def put_list(connection: Connection, numbers: int, **values: object) -> list[str]:
    """Put this many dossiers on the list; return their codes."""
    listed = [a_dossier(code=f"{values.get('field', 'land')}-{number}".upper(), **values) for number in range(numbers)]
    dossiers.upsert(connection, listed, NOON)
    return [each.code for each in listed]


async def test_each_stratum_weighs_by_its_dossiers_and_not_by_its_answers(database: Database) -> None:
    def job(connection: Connection) -> None:
        land, justice = put_list(connection, 300), put_list(connection, 100, field="justice")
        for code in land[:10]:
            rate(connection, visit=visit_of(code), answers={"overall": 2})
        for code in justice[:30]:
            rate(connection, visit=visit_of(code), answers={"overall": 5})
        found = list_figures(connection, QUICK)
        assert found.strata == (
            Stratum("vp", "justice", Tier.COMMUNE, 100, 30, 30), Stratum("vp", "land", Tier.COMMUNE, 300, 10, 0)
        )  # fmt: skip
        estimate = found.estimate
        assert (estimate.share, estimate.raw_share) == (Fraction(1, 4), Fraction(3, 4))
        assert (estimate.n, estimate.population) == (40, 400)
        assert list_figures(connection, replace(QUICK, fields=("justice",))).estimate.population == 100
        assert list_figures(connection, replace(QUICK, units=frozenset())).strata == ()

    await database.write(job)


async def test_only_proved_ratings_of_listed_dossiers_count_and_each_dossier_once(database: Database) -> None:
    def job(connection: Connection) -> None:
        codes = put_list(connection, 20)
        earlier = put_list(
            connection, 1, field="culture", returned_on=date(2026, 10, 30), received_on=date(2026, 10, 1)
        )
        first = rate(connection, visit=visit_of(codes[0]), answers={"overall": 1})
        rate(connection, visit=visit_of(codes[0]), answers={"overall": 5})
        assert first
        for visit in (
            visit_of(codes[1], verified=False), visit_of(codes[2], assisted=True), visit_of("H99.UNKNOWN"),
            visit_of(earlier[0]), Visit("vp", "land", Service.TTHC),
        ):  # fmt: skip
            rate(connection, visit=visit, answers={"overall": 5})
        rate(connection, visit=visit_of(codes[3]), answers={})
        assert list_figures(connection, QUICK).strata == (Stratum("vp", "land", Tier.COMMUNE, 20, 1, 0),)

    await database.write(job)


async def test_an_answer_after_the_period_counts_for_the_dossier_of_the_period(database: Database) -> None:
    def job(connection: Connection) -> None:
        (code,) = put_list(connection, 1)
        rate(connection, visit=visit_of(code), answers={"overall": 4}, at=NOON + timedelta(days=30))
        assert list_figures(connection, QUICK).strata == (Stratum("vp", "land", Tier.COMMUNE, 1, 1, 1),)

    await database.write(job)


async def test_an_index_pools_the_answers_of_a_stratum_and_counts_people(database: Database) -> None:
    def job(connection: Connection) -> None:
        codes = put_list(connection, 40)
        for number, code in enumerate(codes[:12]):
            answers: dict[str, AnswerValue | None] = {"a1": 5 if number % 3 else 2}
            if number % 2:
                answers["a2"] = 5
            rate(connection, visit=visit_of(code), questionnaire="sipas", answers=answers)
        asked = Asked("sipas", ["a1", "a2"], NOVEMBER)
        (stratum,) = list_figures(connection, asked).strata
        assert (stratum.n, stratum.satisfied) == (12, Fraction(14 * 12, 18))

    await database.write(job)


async def test_a_plan_is_judged_by_the_list_beside_the_ratings_alone(database: Database) -> None:
    def job(connection: Connection) -> None:
        codes = put_list(connection, 12)
        for code in codes:
            rate(connection, visit=visit_of(code), answers={"overall": 5})
        for _ in range(40):
            rate(connection, visit=Visit("vp", "land", Service.TTHC), answers={"overall": 1})
        rows = list_report(connection, "YT24", Measuring(NOVEMBER, NOON, timeliness))
        row = next(each for each in rows if not each.row.target.fields and each.measurement.n)
        assert row.row.measured.measurement.n == len(codes) + 40
        assert row.row.judgement.verdict is Verdict.NOT_MET
        assert row.measurement.is_full_count
        assert row.judgement.verdict is Verdict.MET

    await database.write(job)


RATED = st.lists(
    st.tuples(st.sampled_from(["land", "justice"]), st.sampled_from(list(Tier)), st.integers(0, 5)), max_size=30
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(RATED)
def test_it_says_what_counting_by_hand_says(rated: list[tuple[str, Tier, int]]) -> None:
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    with engine.begin() as connection:
        counts: dict[tuple[str, str, str], list[int]] = {}
        for number, (field, level, score) in enumerate(rated):
            code = f"H-{number}"
            dossiers.upsert(connection, [a_dossier(code=code, field=field, level=level)], NOON)
            cell = counts.setdefault(("vp", field, level), [0, 0, 0])
            cell[0] += 1
            if score:
                rate(connection, visit=visit_of(code), answers={"overall": score})
                cell[1] += 1
                cell[2] += score > 3
        found = list_figures(connection, QUICK)
    engine.dispose()
    assert found.strata == tuple(Stratum(*key, *counts[key]) for key in sorted(counts))
    assert found.estimate == post_stratify(found.strata)
    assert (found.estimate.share is None) == (sum(cell[1] for cell in counts.values()) < MINIMUM_N)

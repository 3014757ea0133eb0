"""The required figures hold on a small year of a seed on which nothing was set, and its detectors see no labels."""

import json

import pytest

from benchmarks.fraud import LEAST_PRECISION, LEAST_RECALL, Found, as_json, as_markdown, measure, simulate
from benchmarks.frauds.plant import KINDS
from surveys.integrity_rules import load_rules

SEED, UNITS = 301, 60


@pytest.fixture(scope="module")
def found() -> Found:
    return measure([SEED], UNITS)


def test_planted_fraud_is_found_and_honest_ratings_are_left_alone(found: Found) -> None:
    assert found.planted.total() > 800
    assert found.recall >= LEAST_RECALL
    assert found.precision >= LEAST_PRECISION


def test_every_kind_is_planted_and_every_detector_has_something_to_find(found: Found) -> None:
    assert set(found.planted) == set(KINDS)
    assert set(found.flagged) == set(load_rules().detectors)


def test_the_figures_are_printed_for_people_and_programs(found: Found) -> None:
    told = json.loads(json.dumps(as_json(found, [SEED])))
    assert told["recall"] == round(found.recall, 4)
    assert sum(kind["planted"] for kind in told["kinds"].values()) == told["planted"]
    assert f"precision **{100 * found.precision:.1f} %**" in as_markdown(found)


def test_a_seed_gives_one_year_in_which_numbers_say_nothing_of_fraud() -> None:
    year, again = simulate(SEED, 10), simulate(SEED, 10)
    assert (year.facts, year.planted) == (again.facts, again.planted)
    assert {fact.id for fact in year.facts} >= set(year.planted)
    middle = sorted(fact.id for fact in year.facts)[len(year.facts) // 2]
    low = sum(number < middle for number in year.planted)
    assert 0.35 < low / len(year.planted) < 0.65
    assert len({fact.id for fact in year.facts}) == len(year.facts)

"""The benchmark of checks still runs and finds what it put there."""

from benchmarks.checking import FAST_EVERY, measure


def test_a_small_year_is_looked_through() -> None:
    found = measure(ratings=500)
    assert (found["ratings"], found["suspect"]) == (500, 500 // FAST_EVERY)
    assert found["look_seconds"] >= 0
    assert found["page_seconds"] > 0

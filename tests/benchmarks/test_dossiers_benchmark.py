"""The benchmark of dossiers takes whole lists over, holds counts against dossiers, and tells a broken promise."""

from benchmarks.dossiers import CORRECTED_EVERY, broken, measure


def test_it_takes_a_list_over_once_and_corrects_it() -> None:
    found = measure(600)
    corrected = found["corrected"]["changed"]
    assert (found["first"]["added"], found["again"]["unchanged"]) == (600, 600)
    assert 0 < corrected <= 600 // CORRECTED_EVERY
    assert found["corrected"]["unchanged"] == 600 - corrected
    assert found["unit_ms"] > 0


def test_reading_that_grows_with_the_dossiers_breaks_the_promise() -> None:
    few, many = {"rows": 100, "unit_ms": 2.0, "all_ms": 2.0}, {"rows": 1000, "unit_ms": 3.0, "all_ms": 3.1}
    assert broken([few, many]) == ["all_ms: 3.1 ms at 1,000 dossiers, 2.0 at 100"]

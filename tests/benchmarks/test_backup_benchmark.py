from benchmarks.backup import measure


def test_it_measures_every_command() -> None:
    found = measure(answers=400)
    assert set(found) == {"backup", "verify", "restore"}
    for figures in found.values():
        assert figures["seconds"] > 0
        assert 10 < figures["peak_megabytes"] < 1000

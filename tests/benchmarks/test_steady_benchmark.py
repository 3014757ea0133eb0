"""The benchmark of a steady load still runs and counts what it sent."""

from benchmarks.steady import measure


async def test_a_short_load_is_acknowledged_whole() -> None:
    found = await measure(rate=20, seconds=1)
    assert found["acknowledged"] == 20
    assert found["exit_code"] == 0
    assert 0 < found["p50_ms"] <= found["p99_ms"]
    assert all(each > 0 for each in found["memory_mb"])

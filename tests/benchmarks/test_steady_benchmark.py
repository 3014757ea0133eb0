"""The benchmark of a steady load still runs and counts what it sent."""

import pytest

from benchmarks.steady import measure


@pytest.mark.parametrize("answers", [True, False], ids=["Telegram answers", "Telegram is away"])
async def test_a_short_load_is_acknowledged_whole(answers: bool) -> None:  # noqa: FBT001 - a parameter of the test
    found = await measure(rate=20, seconds=1, answers=answers)
    assert found["acknowledged"] == 20
    assert found["exit_code"] == 0
    assert 0 < found["p50_ms"] <= found["p99_ms"]
    assert found["late_p99_ms"] < found["p99_ms"]
    assert all(each > 0 for each in found["memory_mb"])

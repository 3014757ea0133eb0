"""The benchmark of starts after kills still runs, and the service comes back."""

from benchmarks.restart import measure


async def test_a_small_database_is_served_again() -> None:
    found = await measure(answers=400, rounds=1)
    assert found["answers"] == 400
    assert 0 < found["serving_again_seconds"] <= found["slowest_of_all"]
    assert 0 < found["stopped_seconds"] < 10

"""The benchmark of a backlog still runs, and what it looks at holds for a few people."""

from benchmarks.backlog import measure


async def test_a_small_backlog_is_drained_without_a_flood() -> None:
    found = await measure(chats=10)
    assert found["updates"] == 100
    assert found["drained_seconds"] < 60
    assert found["most_questions"] <= 2
    assert found["most_messages"] <= 5
    assert found["collapsed"] >= 50

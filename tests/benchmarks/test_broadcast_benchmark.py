"""The benchmark of a message to many still runs, and what it looks at holds for a few people."""

from benchmarks.broadcast import lifted, sending, writing


async def test_a_small_broadcast_is_written_sent_paused_and_killed() -> None:
    written = await writing(chats=300)
    assert written["letters"] == 300
    sent = await sending(chats=900, seconds=3)
    assert 10 < sent["sent_per_second"] <= 30
    assert sent["after_pause"] <= 15
    assert sent["after_kill_unknown"] <= 16  # one more may be taken while one is being written down
    assert sent["answer_p50_ms"] < 1000
    whole = await lifted(chats=120)
    assert (whole["sent"], whole["unknown"]) == (120, 0)

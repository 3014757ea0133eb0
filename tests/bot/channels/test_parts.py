"""Of a long text a clean repeat is promised only while nothing of it is out."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.parts import send_parts
from bot.messages import SendOutcome, SendResult

CLEAN = (SendOutcome.RETRY, SendOutcome.PARKED, SendOutcome.CHANNEL_DOWN)
OUTCOMES = st.lists(st.sampled_from(SendOutcome), min_size=12, max_size=12)


@given(outcomes=OUTCOMES, number=st.integers(1, 3))
@settings(max_examples=50, deadline=None)
async def test_a_part_that_is_out_is_never_sent_again(outcomes: list[SendOutcome], number: int) -> None:
    answers, tried = iter(outcomes), []

    async def send(part: int) -> SendResult:
        tried.append(part)
        result = SendResult(next(answers))
        if result.outcome is SendOutcome.SENT:
            arrived.append(part)
        return result

    arrived: list[int] = []
    result = await send_parts(range(number), send, longest_wait=0.0)
    assert arrived == list(range(len(arrived)))
    assert (result.outcome is SendOutcome.SENT) == (len(arrived) == number)
    if result.outcome in CLEAN:
        assert arrived == [], "what is not sent for sure is sent again from its beginning"
    if result.outcome is not SendOutcome.SENT:
        assert result.is_begun == bool(arrived)


@pytest.mark.parametrize("outcome", CLEAN)
async def test_after_a_first_part_nobody_knows_what_the_person_has(outcome: SendOutcome) -> None:
    told = [SendResult(SendOutcome.SENT), *[SendResult(outcome, retry_after=0.0, reason="sample")] * 4]
    answers = iter(told)

    async def send(_part: str) -> SendResult:
        return next(answers)

    result = await send_parts("ab", send, longest_wait=0.0)
    assert (result.outcome, result.reason) == (SendOutcome.UNKNOWN, "only a part was sent: sample")


@pytest.mark.parametrize(("failures", "outcome"), [(3, SendOutcome.SENT), (4, SendOutcome.UNKNOWN)])
async def test_the_rest_of_a_text_is_worth_some_tries(failures: int, outcome: SendOutcome) -> None:
    answers = iter([SendOutcome.SENT, *[SendOutcome.RETRY] * failures, SendOutcome.SENT])

    async def send(_part: str) -> SendResult:
        return SendResult(next(answers))

    assert (await send_parts("ab", send, longest_wait=0.0)).outcome is outcome

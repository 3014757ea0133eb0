"""What each of Zalo's answers means for a message."""

import pytest

from bot.channels.zalo.client import NO_CODE, TOKEN_REFUSED, Answer, Family, NoToken
from bot.channels.zalo.errors import ErrorClass, class_of, result_of, result_without_answer
from bot.channels.zalo.http import NoAnswer, NotSent
from bot.messages import SendOutcome


@pytest.mark.parametrize("key", ["message_id", "msg_id"])
def test_a_success_names_the_message_whose_id_stays_text(key: str) -> None:
    result = result_of(Answer(0, "Success", {key: "9007199254740993"}), Family.OPENAPI)
    assert (result.outcome, result.message_ref) == (SendOutcome.SENT, "9007199254740993")


def test_a_success_without_a_name_is_still_one() -> None:
    assert result_of(Answer(0), Family.BUSINESS).outcome is SendOutcome.SENT


@pytest.mark.parametrize(
    ("code", "family", "expected"),
    [
        (-100, Family.OPENAPI, ErrorClass.ATTACHMENT),
        (-100, Family.BUSINESS, ErrorClass.GENERIC),
        (-118, Family.BUSINESS, ErrorClass.RECIPIENT),
        (-118, Family.OPENAPI, ErrorClass.UNKNOWN),
        (-108, Family.BUSINESS, ErrorClass.RECIPIENT),
        (-230, Family.OPENAPI, ErrorClass.RECIPIENT),
        (-230, Family.BUSINESS, ErrorClass.UNKNOWN),
        (-144, Family.BUSINESS, ErrorClass.QUOTA),
        (-321, Family.OPENAPI, ErrorClass.MONEY),
        (-234, Family.OPENAPI, ErrorClass.NIGHT),
        (-1122, Family.BUSINESS, ErrorClass.PAYLOAD),
        (NO_CODE, Family.OPENAPI, ErrorClass.UNKNOWN),
    ],
)
def test_a_code_is_looked_up_by_its_host_first(code: int, family: Family, expected: ErrorClass) -> None:
    assert class_of(code, family) is expected


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (-32, SendOutcome.RETRY),
        (-200, SendOutcome.RETRY),
        (-216, SendOutcome.CHANNEL_DOWN),
        (-209, SendOutcome.CHANNEL_DOWN),
        (-321, SendOutcome.CHANNEL_DOWN),
        (-227, SendOutcome.PARKED),
        (-201, SendOutcome.REFUSED),
        (-9999, SendOutcome.REFUSED),
    ],
)
def test_a_refusal_says_what_is_to_be_done(code: int, outcome: SendOutcome) -> None:
    result = result_of(Answer(code, "no"), Family.OPENAPI)
    assert result.outcome is outcome
    assert result.reason == f"Zalo {code}: no"


def test_too_many_calls_wait_for_the_next_minute() -> None:
    assert result_of(Answer(-32), Family.OPENAPI).retry_after == 60.0


def test_every_refused_token_is_of_the_class_of_tokens() -> None:
    for family, codes in TOKEN_REFUSED.items():
        assert {class_of(code, family) for code in codes} == {ErrorClass.TOKEN}


def test_what_left_nothing_is_repeated_and_what_may_have_arrived_is_in_doubt() -> None:
    assert result_without_answer(NotSent("no connection")).outcome is SendOutcome.RETRY
    assert result_without_answer(NoAnswer("HTTP 502")).outcome is SendOutcome.UNKNOWN
    assert result_without_answer(NoToken("authorise")).outcome is SendOutcome.CHANNEL_DOWN

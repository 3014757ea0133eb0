import re

import pytest

from admin.words import load_texts
from wording.catalogue import differences

COUNTED = re.compile(
    r"\{(?:number|n|rows|waiting|done|settled|planned|population|total|due|days|consenting|written|nobody|printed)\}"
    r"(?: (?!(?:has|was|is)\b)[a-z-]+)? (?!(?:has|was|is)\b)(?:[a-z]+s|people|have|want|were)\b"
)
MANY = {"errors.too_many_ratings", "errors.slips_too_many", "estimate.effective", "invitations.codes_once"}
"""Texts that are only shown of numbers far above one."""


def test_both_languages_say_the_same() -> None:
    assert differences(load_texts()) == []


def test_no_english_text_reads_wrong_with_one() -> None:
    """A text has no form for one: what is counted is named first, and the number stands behind it."""
    found = {key for key, text in load_texts().texts["en"].items() if COUNTED.search(text)}
    assert found - MANY == set()


@pytest.mark.parametrize("text", ["{number} groups where nobody answered", "{n} open petitions", "{number} have rated"])
def test_a_counted_noun_is_found(text: str) -> None:
    assert COUNTED.search(text)

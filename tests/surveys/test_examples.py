"""The examples in the docstrings run."""

import doctest

from surveys import visits


def test_the_examples_of_visit_tokens_are_true() -> None:
    tried = doctest.testmod(visits)
    assert tried.attempted > 0
    assert tried.failed == 0

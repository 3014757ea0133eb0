"""The examples in the docstrings run."""

import doctest
from types import ModuleType

import pytest

from surveys import series_breaks, tokens


@pytest.mark.parametrize("module", [tokens, series_breaks])
def test_the_examples_in_a_module_are_true(module: ModuleType) -> None:
    tried = doctest.testmod(module)
    assert tried.attempted > 0
    assert tried.failed == 0

"""Modules loaded beside something else."""

import sys
from importlib.util import find_spec

import pytest

from langnghe.loading import QUICK_TURNS, loading_beside, quick_turns


def test_a_module_is_loaded_when_the_block_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    with loading_beside("colorsys"):
        pass
    assert "colorsys" in sys.modules


def test_a_module_that_is_not_there_is_left_to_who_imports_it() -> None:
    assert find_spec("no_such_module") is None
    with loading_beside("no_such_module"):
        done = True
    assert done


def test_threads_change_quickly_during_the_block_and_then_as_before() -> None:
    before = sys.getswitchinterval()
    with quick_turns():
        assert sys.getswitchinterval() == pytest.approx(QUICK_TURNS)
    assert sys.getswitchinterval() == before

"""The collector rests where nothing is to be collected, and works everywhere else."""

import gc

import pytest

from langnghe import collector


def test_it_works_again_after_a_pause_whatever_happened() -> None:
    with collector.paused():
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(ValueError, match="broken"), collector.paused():
        raise ValueError("broken")
    assert gc.isenabled()


def test_what_the_start_made_is_passed_over_and_later_garbage_is_not() -> None:
    thresholds = gc.get_threshold()
    try:
        collector.settle()
        assert gc.get_freeze_count() > 1000
        ring: list[object] = []
        ring.append(ring)
        del ring
        assert gc.collect() >= 1
    finally:
        gc.unfreeze()
        gc.set_threshold(*thresholds)

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offices.errors import DomainError
from offices.succession import Change, abolish, apply, merge, rename, split
from offices.units import Directory
from tests.offices.builders import BEGIN, DECISION, a_root, a_unit

ON = date(2025, 7, 1)
START = Directory([a_root(), *(a_unit(f"u{number}") for number in range(5))])


def test_a_renamed_unit_keeps_its_past_under_the_old_code() -> None:
    after = apply(START, rename("u0", a_unit("new"), ON, DECISION))
    old = after.unit("u0")
    assert old.valid_to == date(2025, 6, 30)
    assert old.successors == ("new",)
    assert old.decision == DECISION
    assert after.unit("new").valid_from == ON
    assert after.unit("new").decision == DECISION
    assert START.unit("u0").valid_to is None


def test_several_units_merge_into_one_that_may_exist_already() -> None:
    after = apply(START, merge(["u0", "u1"], START.unit("u2"), ON, DECISION))
    assert [after.heir(code, ON) for code in ("u0", "u1", "u2")] == [START.unit("u2")] * 3
    assert after.unit("u2") == START.unit("u2")


def test_a_split_unit_has_several_heirs_and_an_abolished_one_none() -> None:
    after = apply(START, split("u0", [a_unit("a"), a_unit("b")], ON, DECISION))
    assert [unit.code for unit in after.current("u0", ON)] == ["a", "b"]
    assert apply(START, abolish("u0", ON, DECISION)).current("u0", ON) == ()


def test_a_new_unit_is_a_change_without_an_ending() -> None:
    after = apply(START, Change(ON, DECISION, (), (a_unit("new"),)))
    assert after.unit("new").valid_from == ON


def test_an_ended_unit_or_a_used_code_is_refused() -> None:
    ended = apply(START, abolish("u0", ON, DECISION))
    with pytest.raises(DomainError, match="unit_ended"):
        apply(ended, abolish("u0", ON + timedelta(days=5), DECISION))
    with pytest.raises(DomainError, match="unit_code_taken"):
        apply(ended, rename("u1", a_unit("u0"), ON, DECISION))
    with pytest.raises(DomainError, match="unit_code_taken"):
        apply(START, rename("u1", a_unit("u1"), ON, DECISION))
    with pytest.raises(DomainError, match="unit_unknown"):
        apply(START, abolish("gone", ON, DECISION))
    with pytest.raises(DomainError, match="unit_ended"):
        apply(START, abolish("u0", BEGIN, DECISION))


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_after_any_changes_every_day_has_its_heirs(data: st.DataObject) -> None:
    directory, day, abolished = START, BEGIN, set[str]()
    for step in range(data.draw(st.integers(0, 6))):
        day += timedelta(days=data.draw(st.integers(1, 90)))
        living = [unit.code for unit in directory.on(day) if unit.parent]
        ending = data.draw(st.lists(st.sampled_from(living), min_size=1, max_size=3, unique=True)) if living else []
        new = [a_unit(f"s{step}-{number}") for number in range(data.draw(st.integers(0, 3)))]
        if not new:
            abolished |= set(ending)
        directory = apply(directory, Change(day, DECISION, tuple(ending), tuple(new)))
    for unit in directory:
        for moment in (unit.valid_from, day, day + timedelta(days=400)):
            heirs = directory.current(unit.code, moment)
            assert all(heir.exists_on(moment) for heir in heirs)
            assert len(set(heirs)) == len(heirs)
            if moment >= unit.valid_from and not abolished:
                assert heirs

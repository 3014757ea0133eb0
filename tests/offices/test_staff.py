from datetime import date

import pytest

from offices.staff import POWERS, Right, Role, may, rights
from offices.units import Directory
from tests.offices.builders import a_root, a_unit, an_account

LAST, AFTER = date(2025, 6, 30), date(2025, 7, 1)
DIRECTORY = Directory([
    a_root(),
    a_unit("econ"),
    a_unit("team", parent="econ"),
    a_unit("culture"),
    a_unit("old", valid_to=LAST, successors=("econ",)),
    a_unit("torn", valid_to=LAST, successors=("econ", "culture")),
])  # fmt: skip


def test_every_role_has_its_powers() -> None:
    assert set(POWERS) == set(Role)
    assert {right for power in POWERS.values() for right in power.rights} == set(Right)


def test_an_officer_handles_the_own_unit_and_what_lies_below_it() -> None:
    officer = an_account("econ", Role.OFFICER)
    found = {code: may(officer, Right.HANDLE, code, DIRECTORY, AFTER) for code in ("econ", "team", "culture", "root")}
    assert found == {"econ": True, "team": True, "culture": False, "root": False}
    assert not may(officer, Right.APPROVE, "econ", DIRECTORY, AFTER)
    assert not may(officer, Right.HANDLE, None, DIRECTORY, AFTER)
    assert not may(officer, Right.HANDLE, "gone", DIRECTORY, AFTER)


def test_a_coordinator_sees_the_whole_authority() -> None:
    coordinator = an_account("culture", Role.COORDINATOR)
    assert all(may(coordinator, Right.SEE_CASES, unit.code, DIRECTORY, AFTER) for unit in DIRECTORY)
    assert may(coordinator, Right.TRIAGE, None, DIRECTORY, AFTER)
    assert not may(coordinator, Right.APPROVE, "culture", DIRECTORY, AFTER)


@pytest.mark.parametrize("role", [Role.ANALYST, Role.ADMIN, Role.OFFICER, Role.LEADER])
def test_only_a_coordinator_may_ask_who_wrote(role: Role) -> None:
    assert not may(an_account("econ", role), Right.REVEAL_IDENTITY, "econ", DIRECTORY, AFTER)


@pytest.mark.parametrize("role", [Role.ANALYST, Role.ADMIN])
def test_analysts_and_administrators_read_no_cases(role: Role) -> None:
    assert Right.SEE_CASES not in rights(an_account("econ", role))


def test_an_account_that_is_not_active_may_nothing() -> None:
    stopped = an_account("econ", *Role, active=False)
    assert rights(stopped) == frozenset()
    assert not any(may(stopped, right, "econ", DIRECTORY, AFTER) for right in Right)


def test_several_roles_add_up() -> None:
    both = an_account("econ", Role.OFFICER, Role.ANALYST)
    assert may(both, Right.HANDLE, "econ", DIRECTORY, AFTER)
    assert may(both, Right.SEE_FIGURES, "culture", DIRECTORY, AFTER)
    assert not may(both, Right.HANDLE, "culture", DIRECTORY, AFTER)


def test_cases_of_an_ended_unit_are_the_successors() -> None:
    officer = an_account("econ", Role.OFFICER)
    assert may(officer, Right.HANDLE, "old", DIRECTORY, AFTER)
    assert not may(officer, Right.HANDLE, "old", DIRECTORY, LAST)
    assert not may(officer, Right.HANDLE, "torn", DIRECTORY, AFTER)


def test_an_account_follows_its_unit_to_the_one_successor_only() -> None:
    assert may(an_account("old", Role.OFFICER), Right.HANDLE, "econ", DIRECTORY, AFTER)
    assert not may(an_account("torn", Role.OFFICER), Right.HANDLE, "econ", DIRECTORY, AFTER)

from datetime import date, timedelta

import pytest

from offices.datafiles import Label
from offices.errors import DataError, DomainError
from offices.units import Directory, Unit, UnitKind
from tests.offices.builders import BEGIN, a_root, a_unit

LAST = date(2025, 6, 30)
AFTER = date(2025, 7, 1)


def test_a_unit_exists_from_its_first_to_its_last_day() -> None:
    unit = a_unit("a", valid_to=LAST)
    assert [unit.exists_on(day) for day in (BEGIN - timedelta(days=1), BEGIN, LAST, AFTER)] == [
        False,
        True,
        True,
        False,
    ]


def test_the_successors_stand_for_a_unit_after_its_end() -> None:
    units = [
        a_root(),
        a_unit("a", valid_to=LAST, successors=("b", "c")),
        a_unit("b", valid_from=AFTER, valid_to=date(2025, 12, 31), successors=("d",)),
        a_unit("c", valid_from=AFTER),
        a_unit("d", valid_from=date(2026, 1, 1)),
    ]
    directory = Directory(units)
    assert [unit.code for unit in directory.current("a", LAST)] == ["a"]
    assert [unit.code for unit in directory.current("a", AFTER)] == ["b", "c"]
    assert [unit.code for unit in directory.current("a", date(2026, 1, 1))] == ["d", "c"]
    assert directory.current("d", AFTER) == ()
    assert directory.heir("a", AFTER) is None
    assert directory.heir("b", date(2026, 5, 1)) == units[-1]


def test_units_below_follow_the_successor_of_the_unit_above() -> None:
    directory = Directory([
        a_root(),
        a_unit("old", valid_to=LAST, successors=("new",)),
        a_unit("new", valid_from=AFTER),
        a_unit("team", parent="old"),
        a_unit("desk", parent="team"),
    ])  # fmt: skip
    assert [unit.code for unit in directory.ancestors("desk", AFTER)] == ["team", "new", "root"]
    assert [unit.code for unit in directory.ancestors("desk")] == ["team", "old", "root"]
    assert directory.covers("new", "desk", AFTER)
    assert directory.covers("new", "old", AFTER)
    assert not directory.covers("team", "new", AFTER)


def test_a_unit_that_succeeded_the_one_above_it_does_not_go_round() -> None:
    directory = Directory([
        a_root(),
        a_unit("upper", valid_to=LAST, successors=("lower",)),
        a_unit("lower", parent="upper"),
    ])  # fmt: skip
    assert directory.ancestors("lower", AFTER) == ()
    assert directory.covers("lower", "upper", AFTER)


@pytest.mark.parametrize(
    ("units", "says"),
    [
        ([a_root(), a_root()], "a code of its own"),
        ([a_root("Xã Mẫu")], "small letters"),
        ([a_root("xa_mau")], "small letters"),
        ([a_root("x" * 63)], "at most 62"),
        ([a_root(), a_unit("a", parent="gone")], r"units\[a\]\.parent: 'gone' cannot be used"),
        ([a_root(), a_unit("a", valid_to=LAST, successors=("gone",))], r"units\[a\]\.successors: 'gone'"),
        ([a_root(), a_unit("a", parent="b"), a_unit("b", parent="a")], "a -> b -> a' cannot be used; break the circle"),
        ([a_root(), a_unit("a", parent="a")], "a -> a"),
        (
            [
                a_root(),
                a_unit("a", valid_to=LAST, successors=("b",)),
                a_unit("b", valid_to=LAST, successors=("a",)),
            ],
            "successors: 'a -> b -> a'",
        ),
        ([a_root(), a_unit("a", valid_to=BEGIN - timedelta(days=1))], "end on or after"),
        ([a_root(), a_unit("a", successors=("root",))], "give valid_to"),
        (
            [a_root(), a_unit("a", valid_to=LAST, successors=("b",)), a_unit("b", valid_from=date(2025, 7, 2))],
            "the day after",
        ),
        ([a_unit("a", parent=None, kind=UnitKind.OFFICE)], "has none"),
        ([a_root(), a_unit("a", kind=UnitKind.AUTHORITY)], "has none"),
    ],
)
def test_units_that_do_not_fit_are_one_clear_line(units: list[Unit], says: str) -> None:
    with pytest.raises(DataError, match=says) as caught:
        Directory(units, "units.toml")
    assert str(caught.value).startswith("units.toml: ")
    assert "\n" not in str(caught.value)


def test_an_unknown_code_is_a_domain_error_with_the_code() -> None:
    with pytest.raises(DomainError, match="unit_unknown") as caught:
        Directory([a_root()]).unit("gone")
    assert caught.value.params == {"unit": "gone"}


def test_units_are_found_by_kind_field_and_words() -> None:
    office = a_unit(
        "vp",
        kind=UnitKind.OFFICE,
        name=Label("Văn phòng HĐND và UBND", "Office of the People's Council and Committee"),
        short_name=Label("Văn phòng", "Office"),
        fields=("certification",),
        aliases=("bộ phận một cửa",),
    )
    ended = a_unit("vp-cu", name=Label("Văn phòng HĐND và UBND", "Office"), valid_to=LAST)
    directory = Directory([a_root(), office, ended])
    for typed in ("vp ubnd", "mot cua", "Văn phòng", "people's committee"):
        assert [unit.code for unit in directory.find(typed, AFTER)] == ["vp"]
    assert directory.of_kind(UnitKind.OFFICE, AFTER) == (office,)
    assert directory.for_field("certification", AFTER) == (office,)
    assert "vp" in directory
    assert directory.on(AFTER) == (directory.unit("root"), office)

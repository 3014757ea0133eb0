"""What was said of a unit counts for exactly one unit of a day, and no change of units changes the total."""

from collections import Counter
from datetime import date, timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from offices.lineage import Fate, Lineage, lineage
from offices.succession import Change, abolish, apply, merge, rename, split
from offices.units import Directory, UnitKind
from tests.offices.builders import BEGIN, DECISION, a_root, a_unit

ON = date(2025, 7, 1)
LATER = date(2026, 7, 1)
START = Directory([a_root(), *(a_unit(f"u{number}") for number in range(5))])


def test_renamed_and_merged_units_count_for_who_took_over() -> None:
    after = apply(START, rename("u0", a_unit("new"), ON, DECISION))
    after = apply(after, merge(["new", "u1"], a_unit("one"), LATER, DECISION))
    assert lineage(after, LATER).summed({"u0": 3, "new": 5, "u1": 7, "one": 11, "u2": 13}) == {"one": 26, "u2": 13}
    assert lineage(after, ON).summed({"u0": 3, "new": 5, "u1": 7}) == {"new": 8, "u1": 7}
    assert lineage(after, ON - timedelta(days=1)).summed({"u0": 3, "u1": 7}) == {"u0": 3, "u1": 7}


def test_what_was_said_of_a_divided_or_abolished_unit_stays_in_a_row_of_its_own() -> None:
    after = apply(START, rename("u0", a_unit("new"), ON, DECISION))
    after = apply(after, split("new", [a_unit("a"), a_unit("b")], LATER, DECISION))
    after = apply(after, abolish("u1", LATER, DECISION))
    lines = lineage(after, LATER)
    assert lines.summed({"u0": 3, "new": 5, "a": 7, "b": 11, "u1": 13}) == {"new": 8, "a": 7, "b": 11, "u1": 13}
    assert {row: lines.fate(row) for row in ("new", "u0", "a", "u1")} == {
        "new": Fate.DIVIDED, "u0": Fate.SUCCEEDED, "a": Fate.STANDS, "u1": Fate.ENDED,
    }  # fmt: skip
    assert lineage(after, ON).fate("a") is Fate.COMING
    assert [unit.code for unit in lines.undivided("a")] == ["new"]
    assert lines.undivided("u2") == ()


def test_parts_that_are_merged_again_take_the_past_of_the_divided_unit_along() -> None:
    after = apply(START, split("u0", [a_unit("a"), a_unit("b")], ON, DECISION))
    after = apply(after, merge(["a", "b"], a_unit("again"), LATER, DECISION))
    lines = lineage(after, LATER)
    assert lines.row("u0") == "again"
    assert lines.undivided("again") == ()


def test_a_part_that_was_abolished_does_not_leave_the_whole_past_to_the_other() -> None:
    after = apply(START, split("u0", [a_unit("a"), a_unit("b")], ON, DECISION))
    after = apply(after, abolish("a", LATER, DECISION))
    assert lineage(after, LATER).row("u0") == "u0"


def test_the_whole_of_a_unit_holds_those_below_it_and_all_that_it_took_over() -> None:
    below = [a_unit("u0.desk", "u0"), a_unit("u1.desk", "u1"), a_unit("u1.post", "u1")]
    before = Directory([*START, *below])
    after = apply(before, abolish("u1.post", ON, DECISION))
    after = apply(after, merge(["u0", "u1"], a_unit("one"), ON, DECISION))
    after = apply(after, merge(["u0.desk", "u1.desk"], a_unit("one.desk", "one"), ON, DECISION))
    lines = lineage(after, LATER)
    taken_over = {"u0", "u1", "u0.desk", "u1.desk"}
    assert lines.whole("one") == {"one", "one.desk", "u1.post", *taken_over}
    assert lines.whole("u0") == lines.whole("one")
    assert lines.whole("one.desk") == {"one.desk", "u0.desk", "u1.desk"}
    assert "u2" in lines.whole("root")


def test_a_unit_that_succeeded_the_one_above_it_still_lies_in_the_whole() -> None:
    directory = Directory([a_root(), a_unit("high"), a_unit("low", "high")])
    after = apply(directory, merge(["high"], directory.unit("low"), ON, DECISION))
    assert lineage(after, ON).whole("low") == {"low", "high"}
    assert lineage(after, ON).whole("root") == {"root", "low", "high"}


def test_codes_that_no_directory_knows_count_for_themselves() -> None:
    lines = lineage(START, ON)
    assert lines.summed({"gone": 2, "u0": 1}) == {"gone": 2, "u0": 1}
    assert lines.fate("gone") is Fate.STANDS


@st.composite
def histories(draw: st.DrawFn) -> tuple[Directory, date]:
    """Make random changes of a random tree: renamings, mergers, splits, ends, into new and into standing units."""
    directory, day = START, BEGIN
    for step in range(draw(st.integers(0, 6))):
        day += timedelta(days=draw(st.integers(1, 90)))
        living: list[str] = [unit.code for unit in directory.on(day) if unit.kind is not UnitKind.AUTHORITY]
        ending = draw(st.lists(st.sampled_from(living), max_size=3, unique=True) if living else st.just(list[str]()))
        staying = [code for code in living if code not in ending]
        above = draw(st.sampled_from(["root", *staying]))
        heirs = [a_unit(f"s{step}-{number}", above) for number in range(draw(st.integers(0, 3)))]
        if draw(st.booleans()) and staying:
            heirs.append(directory.unit(draw(st.sampled_from(staying))))
        directory = apply(directory, Change(day, DECISION, tuple(ending), tuple(heirs)))
    return directory, day


def totals(lines: Lineage, counts: Counter[str]) -> tuple[int, int]:
    return sum(counts.values()), sum(lines.summed(counts).values())


@settings(deadline=None, max_examples=80)
@given(histories(), st.integers(-200, 400), st.integers(0, 300), st.randoms(use_true_random=False))
def test_the_total_is_the_same_by_unit_of_the_time_and_by_successor(
    history: tuple[Directory, date], shift: int, further: int, chance: Random
) -> None:
    directory, last = history
    day = last + timedelta(days=shift)
    lines, later = lineage(directory, day), lineage(directory, day + timedelta(days=further))
    counts = Counter({unit.code: chance.randrange(50) for unit in directory})
    by_time, by_row = totals(lines, counts)
    assert by_time == by_row
    for unit in directory:
        row = lines.row(unit.code)
        assert lines.row(row) == row
        assert lines.fate(row) is not Fate.STANDS or directory.unit(row).exists_on(day)
        # What counts together on one day counts together ever after.
        assert later.row(unit.code) == later.row(row)
        assert unit.code in lines.whole(row)


@settings(deadline=None, max_examples=60)
@given(histories(), st.integers(0, 400))
def test_every_unit_counts_once_among_units_that_do_not_lie_in_each_other(
    history: tuple[Directory, date], shift: int
) -> None:
    directory, last = history
    lines = lineage(directory, last + timedelta(days=shift))
    rows = {lines.row(unit.code) for unit in directory}
    tops = [row for row in rows if not any(row in lines.whole(other) for other in rows - {row})]
    assert Counter(code for top in tops for code in lines.whole(top)) == Counter(unit.code for unit in directory)

from fractions import Fraction

from langnghe.tables import table
from wording.figures import figure, short


def test_columns_are_aligned_and_figures_stand_to_the_right() -> None:
    assert table(["Mã", "n"], [["Đường", "5"], ["a", "1.234"]], frozenset({1})) == (
        "Mã         n\n"
        "─────  ─────\n"
        "Đường      5\n"
        "a      1.234"
    )  # fmt: skip


def test_a_figure_that_misses_its_target_never_looks_equal_to_it() -> None:
    assert figure(Fraction(90), "vi", Fraction(90)) == "90,00"
    assert figure(Fraction(899_996, 10_000), "vi", Fraction(90)) == "89,9996"
    assert figure(Fraction(899_996, 10_000), "vi") == "90,00"


def test_a_target_is_written_as_the_plan_writes_it() -> None:
    assert (short(Fraction(90), "vi"), short(Fraction(5, 2), "vi"), short(Fraction(5, 2), "en")) == ("90", "2,5", "2.5")

from hypothesis import given, settings
from hypothesis import strategies as st

from admin.charts import BULLET_WIDTH, LINE_HEIGHT, LINE_WIDTH, Point, bars, bullet, line

SHARES = st.floats(0, 1)


@settings(deadline=None, max_examples=50)
@given(SHARES, SHARES, SHARES)
def test_a_bullet_stays_inside_its_drawing(share: float, low: float, target: float) -> None:
    drawn = bullet(share, (low, 1.2), target)
    places = [drawn.bar, drawn.low, drawn.high, drawn.target]
    assert all(place is not None and 0 <= place <= BULLET_WIDTH for place in places)


def test_a_share_without_interval_and_target_is_a_bar_alone() -> None:
    drawn = bullet(0.5, None, None)
    assert (drawn.bar, drawn.low, drawn.high, drawn.target) == (120.0, None, None, None)


def test_a_month_without_a_figure_breaks_the_line() -> None:
    months = [Point("1", 0.5), Point("2", 0.6), Point("3", None), Point("4", 0.7, 0.6, 0.8)]
    drawn = line(months, target=0.9)
    assert len(drawn.paths) == len(drawn.bands) == 2
    assert [dot.label for dot in drawn.dots] == ["1", "2", "4"]
    assert len(drawn.columns) == 4
    assert all(0 <= dot.x <= LINE_WIDTH and 0 <= dot.y <= LINE_HEIGHT for dot in drawn.dots)


def test_higher_shares_stand_higher() -> None:
    low, high = line([Point("1", 0.2), Point("2", 0.9)]).dots
    assert high.y < low.y


def test_bars_are_as_long_as_their_numbers_and_nothing_divides_by_nothing() -> None:
    assert [bar.length for bar in bars([("a", 10, False), ("b", 5, True), ("c", 0, False)], 100)] == [100, 50, 0]
    assert bars([("a", 0, False)])[0].length == 0
    assert bars([]) == ()

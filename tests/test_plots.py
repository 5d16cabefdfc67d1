"""Geometry of plots: inside the picture whatever the numbers, and the same in words."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harvester.models.report import Answer
from harvester.models.template import Limits
from harvester.outputs.plots import MOST_BARS, draw_days, draw_gauge, draw_spread, say_limits, sum_days

COUNTS = st.integers(min_value=0, max_value=10**6)
BOUND = st.one_of(st.none(), st.integers(min_value=0, max_value=10_000))


def answer(words: int, low: int | None, high: int | None) -> Answer:
    return Answer(number=1, id="q", title="Q", answered=True, words=words, limits=Limits(min_words=low, max_words=high))


@pytest.mark.parametrize(
    ("words", "low", "high", "state", "text"),
    [
        (80, 100, 200, "short", "80 words, 100 to 200 asked for"),
        (1, 100, 200, "short", "1 word, 100 to 200 asked for"),
        (100, 100, 200, "fine", "100 words, 100 to 200 asked for"),
        (201, 0, 200, "long", "201 words, at most 200 asked for"),
        (5, None, None, "free", "5 words, no limit set"),
        (1200, 50, None, "fine", "1,200 words, at least 50 asked for"),
    ],
)
def test_the_gauge_says_what_it_shows(words: int, low: int | None, high: int | None, state: str, text: str) -> None:
    gauge = draw_gauge(answer(words, low, high))
    assert (gauge.state, gauge.text) == (state, text)


@given(COUNTS, BOUND, BOUND)
def test_a_gauge_stays_inside_its_box(words: int, low: int | None, high: int | None) -> None:
    gauge = draw_gauge(answer(words, low, high))
    for place in (gauge.value, gauge.low or 0, gauge.high or 0):
        assert 0 <= place <= 100


@settings(deadline=None)
@given(st.dictionaries(st.dates(date(1970, 1, 1), date(2100, 1, 1)).map(date.isoformat), COUNTS, max_size=40))
def test_bars_stay_inside_and_are_few(days: dict[str, int]) -> None:
    drawn = draw_days(days)
    if not any(days.values()):
        assert drawn is None
        return
    assert drawn is not None
    assert len(drawn.bars) <= MOST_BARS
    for x, height, _ in drawn.bars:
        assert 0 <= x <= 100
        assert 0 <= height <= 100
    assert f"{sum(days.values()):,} commit" in drawn.text


def test_bars_say_the_days_they_stand_for() -> None:
    drawn = draw_days({"2026-01-05": 3, "2026-01-07": 5})
    assert drawn is not None
    assert drawn.text == "8 commits on 2 days, 5 Jan 2026 to 7 Jan 2026; most on 7 Jan 2026 (5)"
    assert [text for _, _, text in drawn.bars] == ["5 Jan 2026: 3 commits", "7 Jan 2026: 5 commits"]


def test_a_long_time_is_drawn_in_wider_bars() -> None:
    days = {(date(2020, 1, 1) + timedelta(days=day)).isoformat(): 1 for day in range(400)}
    drawn = draw_days(days)
    assert drawn is not None
    assert drawn.bars[0][2] == "1 Jan 2020 to 4 Jan 2020: 4 commits"


def test_what_is_no_day_is_left_out() -> None:
    assert sum_days([[("2026-01-05", 1), ("soon", 9)], [("2026-01-05", 2)]]) == {"2026-01-05": 3}


@given(st.lists(COUNTS, max_size=30), BOUND, BOUND, st.floats(min_value=0, max_value=1e6))
def test_a_spread_is_in_order_and_inside(values: list[int], low: int | None, high: int | None, scale: float) -> None:
    drawn = draw_spread(values, Limits(min_words=low, max_words=high), scale)
    if not values:
        assert drawn is None
        return
    assert drawn is not None
    assert 0 <= drawn.least <= drawn.lower <= drawn.middle <= drawn.upper <= drawn.most <= 100


def test_no_limit_has_no_words() -> None:
    assert say_limits(Limits()) == ""


def test_a_median_between_two_answers_is_what_the_tables_give() -> None:
    drawn = draw_spread([10, 13], Limits(), 100)
    assert drawn is not None
    assert drawn.median == 11.5

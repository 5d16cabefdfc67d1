"""Geometry of the small plots: numbers that `plots.html.j2` draws as inline SVG, each with its words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import quantiles

from harvester.models.report import Answer
from harvester.models.template import Limits
from harvester.outputs.wording import plural, say_day

MOST_BARS = 120
"""A longer time is drawn by weeks or longer spans, so that no plot has more bars."""


@dataclass(frozen=True, slots=True)
class Gauge:
    """Words against their limits. Positions are per cent of the gauge's width; `state` is short, fine, long or free."""

    value: float
    low: float | None
    high: float | None
    state: str
    text: str
    """`80 words, 100 to 200 asked for`."""


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars over time: (x, height) in per cent, the width of one, and the words for it all."""

    bars: tuple[tuple[float, float, str], ...]
    """(x, height, what the bar says)"""
    width: float
    text: str
    first: str = ""
    last: str = ""
    most: int = 0


@dataclass(frozen=True, slots=True)
class Spread:
    """Five numbers of a distribution as positions in per cent, and in words."""

    least: float
    lower: float
    middle: float
    upper: float
    most: float
    low: float | None
    high: float | None
    median: float
    text: str


def say_limits(limits: Limits) -> str:
    """`100 to 200`, `at least 100`, `at most 200`, or nothing."""
    low, high = limits.min_words, limits.max_words
    if low and high is not None:
        return f"{low} to {high}"
    if high is not None:
        return f"at most {high}"
    return f"at least {low}" if low else ""


def draw_gauge(answer: Answer) -> Gauge:
    """The word gauge of one answer."""
    low, high = answer.limits.min_words, answer.limits.max_words
    scale = max(answer.words, high or 0, (low or 0) * 1.5, 1) * 1.08
    asked = say_limits(answer.limits)
    state = "free"
    if asked:
        too_short = low is not None and answer.words < low
        too_long = high is not None and answer.words > high
        state = "short" if too_short else "long" if too_long else "fine"
    text = plural(answer.words, "word") + (f", {asked} asked for" if asked else ", no limit set")
    return Gauge(
        value=round(100 * answer.words / scale, 2),
        low=None if low is None else round(100 * low / scale, 2),
        high=None if high is None else round(100 * high / scale, 2),
        state=state,
        text=text,
    )


def sum_days(series: Iterable[Iterable[tuple[str, int]]]) -> dict[str, int]:
    """Counts by ISO day, added up over all series; what is no date is left out."""
    total: dict[str, int] = {}
    for one in series:
        for day, count in one:
            if _day(day) is not None:
                total[day] = total.get(day, 0) + count
    return total


def draw_days(days: Mapping[str, int], span: tuple[str, str] | None = None, noun: str = "commit") -> Bars | None:
    """Bars by day over `span` (first and last ISO day; the days' own where None); None where there is nothing."""
    counted = {found: count for day, count in days.items() if count > 0 and (found := _day(day)) is not None}
    if not counted:
        return None
    first = (_day(span[0]) if span else None) or min(counted)
    last = (_day(span[1]) if span else None) or max(counted)
    length = (last - first).days + 1
    step = -(-length // MOST_BARS)
    bins: dict[int, int] = {}
    for day, count in counted.items():
        index = (day - first).days // step
        bins[index] = bins.get(index, 0) + count
    slots, most = -(-length // step), max(bins.values())
    width = 100 / slots
    peak = max(counted, key=lambda day: (counted[day], -day.toordinal()))
    text = (
        f"{plural(sum(counted.values()), noun)} on {plural(len(counted), 'day')}, "
        f"{say_day(min(counted).isoformat())} to {say_day(max(counted).isoformat())}; "
        f"most on {say_day(peak.isoformat())} ({counted[peak]:,})"
    )
    bars = tuple(
        (round(index * width, 3), round(100 * bins[index] / most, 1), _say_bin(first, index, step, bins[index], noun))
        for index in sorted(bins)
    )
    return Bars(bars, round(width * 0.8, 3), text, say_day(first.isoformat()), say_day(last.isoformat()), most)


def draw_spread(values: Sequence[int], limits: Limits, scale: float) -> Spread | None:
    """Least, quartiles and most of the values on a scale from 0 to `scale`; None without values."""
    if not values:
        return None
    lower, middle, upper = quantiles(values, n=4, method="inclusive") if len(values) > 1 else [values[0]] * 3

    def place(value: float) -> float:
        return round(min(100.0, 100 * value / (scale or 1)), 2)

    asked = say_limits(limits)
    return Spread(
        least=place(min(values)),
        lower=place(lower),
        middle=place(middle),
        upper=place(upper),
        most=place(max(values)),
        low=None if limits.min_words is None else place(limits.min_words),
        high=None if limits.max_words is None else place(limits.max_words),
        median=float(middle),
        text=f"{min(values)} to {max(values)} words, half of them {round(lower)} to {round(upper)}"
        + (f"; {asked} asked for" if asked else ""),
    )


def _say_bin(first: date, index: int, step: int, count: int, noun: str) -> str:
    start = first + timedelta(days=index * step)
    days = say_day(start.isoformat())
    if step > 1:
        end = min(start.toordinal() + step - 1, date.max.toordinal())
        days += f" to {say_day(date.fromordinal(end).isoformat())}"
    return f"{days}: {plural(count, noun)}"


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None

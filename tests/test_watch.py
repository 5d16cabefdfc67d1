"""The night of the deadline: when syncs begin."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.errors import UserError
from harvester.moments import read_moment
from harvester.watch import Watch, watch_course

NOON = datetime(2026, 1, 23, 12, 0, tzinfo=UTC)


class Night:
    """A clock that sleeping and syncing move."""

    def __init__(self, takes: timedelta = timedelta(minutes=2)) -> None:
        self.now = NOON
        self.takes = takes
        self.begun: list[datetime] = []
        self.asked: list[datetime] = []
        self.said: list[str] = []
        self.faults: dict[int, BaseException] = {}

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)

    def sync(self, ask: bool) -> int:
        """One sync."""
        self.begun.append(self.now)
        if ask:
            self.asked.append(self.now)
        self.now += self.takes
        if fault := self.faults.get(len(self.begun)):
            raise fault
        return 0

    def watch(self, watch: Watch) -> int:
        """Run the watch on this clock."""
        return watch_course(watch, self.sync, say=self.said.append, now=lambda: self.now, sleep=self.sleep)


def minutes(night: Night) -> list[int]:
    """When the syncs began, in minutes after noon."""
    return [round((begun - NOON).total_seconds() / 60) for begun in night.begun]


def at(number: float) -> datetime:
    """So many minutes after noon."""
    return NOON + timedelta(minutes=number)


def test_syncs_at_intervals_at_the_deadline_and_at_the_end() -> None:
    """From the start on; the deadline's own sync comes to the second."""
    night = Night()
    assert night.watch(Watch(at(100), timedelta(minutes=30), at(45))) == 0
    assert minutes(night) == [0, 30, 45, 75, 100]
    assert night.begun[2] == at(45) and "12:45:00" in night.said[1]


def test_a_deadline_that_passes_during_a_sync_gets_its_own() -> None:
    """A slow sync delays it and does not swallow it."""
    night = Night(takes=timedelta(minutes=20))
    night.watch(Watch(at(60), timedelta(minutes=30), at(35)))
    assert minutes(night) == [0, 30, 50, 70]


@pytest.mark.parametrize("deadline, asked", [(45, 45), (-5, 0), (500, 100), (None, 100)])
def test_links_are_asked_once_in_a_night(deadline: int | None, asked: int) -> None:
    """At the deadline, or by the first sync after it; where it is not in the night, by the last sync."""
    night = Night()
    night.watch(Watch(at(100), timedelta(minutes=30), None if deadline is None else at(deadline)))
    assert night.asked == [at(asked)]


def test_a_failed_sync_does_not_end_the_night() -> None:
    """It is told, and the next one comes."""
    night = Night()
    night.faults = {1: UserError("Another run is at work.")}
    assert night.watch(Watch(at(30), timedelta(minutes=30))) == 0
    assert minutes(night) == [0, 30] and "Another run" in night.said[0]


@pytest.mark.parametrize(
    "fault, said",
    [
        (OSError(28, "No space left on device", "/m/state.json"), "/m/state.json could not be used"),
        (TypeError("x"), "A bug in Harvester: TypeError"),
    ],
)
def test_nothing_but_an_interrupt_ends_the_night(fault: Exception, said: str) -> None:
    """A full disk or a bug is told, and the next sync comes."""
    night = Night()
    night.faults = {1: fault}
    assert night.watch(Watch(at(30), timedelta(minutes=30))) == 0
    assert minutes(night) == [0, 30] and night.said[0].startswith(f"This sync failed: {said}")

    night = Night()
    night.faults = {1: KeyboardInterrupt()}
    with pytest.raises(KeyboardInterrupt):
        night.watch(Watch(at(30), timedelta(minutes=30)))


def test_an_end_that_has_passed_is_refused() -> None:
    """Before anything is synced."""
    with pytest.raises(UserError, match="passed already"):
        Night().watch(Watch(at(-1), timedelta(minutes=30)))


@given(st.integers(1, 500), st.integers(1, 90), st.integers(-50, 600), st.integers(0, 60))
def test_every_night_ends_and_sees_its_deadline(until: int, every: int, deadline: int, takes: int) -> None:
    """Whatever the numbers, some sync begins at or after the deadline, unless the end comes before."""
    night = Night(takes=timedelta(minutes=takes))
    night.watch(Watch(at(until), timedelta(minutes=every), at(deadline)))
    assert night.begun == sorted(night.begun) and night.begun[-1] >= at(until)
    if 0 < deadline < until and takes == 0:
        assert at(deadline) in night.begun


def test_times_are_read_in_the_courses_zone() -> None:
    """With an offset as written; anything else is one sentence."""
    assert read_moment("2026-01-23T23:59:00", "Europe/Copenhagen").isoformat() == "2026-01-23T23:59:00+01:00"
    assert read_moment("2026-01-23 23:59+00:00", "Europe/Copenhagen").isoformat() == "2026-01-23T23:59:00+00:00"
    for text in ("tomorrow", "", "2026-01-23", "20260123", "2026-13-01T00:00"):
        with pytest.raises(UserError):
            read_moment(text, "Europe/Copenhagen")

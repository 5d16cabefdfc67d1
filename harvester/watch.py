"""The deadline night: syncs at intervals, at the deadline and at the end, so that it is known what was there when."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from harvester.errors import HarvesterError, UserError, say_error
from harvester.logs import say_bug

_SLICE = 30.0
"""Seconds of one sleep: short, so that a machine that slept itself wakes up to the right time."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Watch:
    """When to sync: at once, every so often, at the deadline, and at `until`, which ends it."""

    until: datetime
    every: timedelta
    deadline: datetime | None = None

    def is_the_one(self, begun: datetime) -> bool:
        """Whether a sync begins at the deadline or after it; where none falls into the watch, at its end."""
        return begun >= min(self.deadline or self.until, self.until)

    def after(self, last: datetime) -> datetime | None:
        """When the next sync begins after one that began at `last`; None where that was the last one.

        A deadline that passed while a sync was under way still gets its own.
        """
        if last >= self.until:
            return None
        moments = [last + self.every, self.until, *([self.deadline] if self.deadline else [])]
        return min(moment for moment in moments if moment > last)


def watch_course(
    watch: Watch,
    sync: Callable[[bool], int],
    *,
    say: Callable[[str], None],
    now: Callable[[], datetime] = _now,
    sleep: Callable[[float], None] = time.sleep,
) -> int:
    """Sync until the end. One that fails is told and does not end the watch; returns the last one's exit code.

    `sync` is told whether it is the one to ask what is asked once in a night: the first at the deadline or after it.

    Raises
    ------
    UserError
        The end has passed already.
    """
    if watch.until <= now():
        raise UserError(f"{watch.until:%Y-%m-%d %H:%M %z} has passed already.", "Give a later --until.")
    code, asked = 0, False
    due: datetime | None = now()
    while due is not None:
        _wait(due, now, sleep)
        begun = max(now(), due)
        ask = not asked and watch.is_the_one(begun)
        asked |= ask
        try:
            code = sync(ask)
        except Exception as error:  # noqa: BLE001 - nothing ends the night but its end, or a person
            code = 1
            say(f"This sync failed: {_why(error)}")
        due = watch.after(begun)
        if due is not None:
            zone = watch.until.tzinfo
            say(f"Next sync at {due.astimezone(zone):%Y-%m-%d %H:%M:%S}, the last at {watch.until:%Y-%m-%d %H:%M:%S}.")
    return code


def _why(error: Exception) -> str:
    return say_error(error, "this moment") if isinstance(error, HarvesterError | OSError) else say_bug(error)


def _wait(due: datetime, now: Callable[[], datetime], sleep: Callable[[float], None]) -> None:
    while (left := (due - now()).total_seconds()) > 0:
        sleep(min(left, _SLICE))

"""Whose turn it is to ask GitHub: one request at a time per token, and none while the server asks to wait."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from email.utils import parsedate_to_datetime

from harvester.mirrors.github_errors import AskError, Grounds

SECONDARY_WAIT = 60.0
LONGEST_WAIT = 4000.0
"""Seconds. A primary limit is given anew every hour; a server that asks for more is not waited for."""
_SLICE = 1.0

Waiting = Callable[[float, str], None]
"""Told how many seconds are left to wait and why, about once a second; 0 when the wait is over."""


def _say_nothing(_seconds: float, _why: str) -> None:
    pass


class Turns:
    """Shared by all threads that use one token.

    Parameters
    ----------
    clock, sleep
        Seconds that only grow, and how to let them pass.
    stop
        Asked all the time; True ends a wait.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        stop: Callable[[], bool] = lambda: False,
        waiting: Waiting = _say_nothing,
    ) -> None:
        self._lock = threading.Lock()
        self._clock = clock
        self._sleep = sleep
        self._stop = stop
        self._waiting = waiting
        self._until = 0.0
        self._why = ""

    @contextmanager
    def take(self) -> Iterator[None]:
        """One request may be made inside; what `hold` asked for is waited for first.

        Raises
        ------
        AskError
            The run was told to stop.
        """
        with self._lock:
            self._wait()
            yield

    def hold(self, seconds: float, why: str) -> None:
        """Have everybody wait from now on."""
        self._until = max(self._until, self._clock() + seconds)
        self._why = why

    def rest(self, seconds: float) -> None:
        """Let time pass for one caller alone."""
        end = self._clock() + seconds
        while (left := end - self._clock()) > 0:
            self.check()
            self._sleep(min(left, _SLICE))

    def check(self) -> None:
        """Raise where the run was told to stop."""
        if self._stop():
            raise AskError("The sync was interrupted.", Grounds.STOPPED)

    def _wait(self) -> None:
        self.check()
        waited = False
        while (left := self._until - self._clock()) > 0:
            waited = True
            self._waiting(left, self._why)
            self._sleep(min(left, _SLICE))
            self.check()
        if waited:
            self._waiting(0.0, self._why)


def read_wait(status: int, headers: Mapping[str, str], text: str, times: int) -> tuple[float, str] | None:
    """How many seconds the server asks to wait, and why; None where the answer is no refusal for a limit.

    `times` counts how often it has asked before for the same request: a secondary limit is waited for twice as long
    each time. The server's own clock is used, so that a wrong one of ours does no harm.
    """
    if status not in (403, 429):
        return None
    retry = headers.get("retry-after", "")
    if retry.isdigit():
        return float(retry) + 1, "GitHub's secondary rate limit"
    if headers.get("x-ratelimit-remaining") == "0":
        return _until_reset(headers), "GitHub's hourly rate limit"
    lowered = text.lower()
    if status == 429 or "rate limit" in lowered or "abuse" in lowered:
        return SECONDARY_WAIT * 2**times, "GitHub's secondary rate limit"
    return None


def used_up(headers: Mapping[str, str]) -> float | None:
    """Seconds until the next request makes sense, where this answer was the last one that the limit gives."""
    return _until_reset(headers) if headers.get("x-ratelimit-remaining") == "0" else None


def _until_reset(headers: Mapping[str, str]) -> float:
    reset = headers.get("x-ratelimit-reset", "")
    try:
        now = parsedate_to_datetime(headers.get("date", "")).timestamp()
    except (TypeError, ValueError):
        now = time.time()
    return max(float(reset) - now, 0.0) + 1 if reset.isdigit() else SECONDARY_WAIT

"""What grading one group may take, in time and memory: whatever it holds, it never stops or starves the others."""

import ctypes
import faulthandler
import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import resource_tracker
from types import FrameType

from harvester.errors import GroupError

SECONDS = 120.0
"""Wall time that grading one group may take."""
MEMORY = 1_500_000_000
"""Bytes that a worker process may allocate."""
_AGAIN = 5.0
_GIVES_WAY = 5


class _OverdueError(BaseException):
    """Not an `Exception`: no stage that forgives a broken file may take it for one."""


@contextmanager
def bounded(seconds: float) -> Iterator[None]:
    """End the block when it takes too long, or when memory runs out.

    A worker process that does not come back even then (a C library that never looks up) ends itself.

    Raises
    ------
    GroupError
        It took longer than so many seconds of wall time, or more memory than there is.
    """
    try:
        with _alarm(seconds), _last_resort(3 * seconds):
            yield
    except _OverdueError as error:
        raise GroupError(f"Grading this group took longer than {seconds:g} seconds and was ended.") from error
    except MemoryError as error:
        raise GroupError("Grading this group took more memory than one group may have and was ended.") from error


def enter_worker() -> None:
    """Prepare a worker process: bounded memory, private files, a quiet end when the run is interrupted or killed.

    It gives way to what fetches, and to whatever else the user does.
    """
    os.umask(0o077)
    if hasattr(os, "nice"):
        os.nice(_GIVES_WAY)
    collect_seldom()
    signal.signal(signal.SIGINT, _leave)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    with suppress(ImportError, OSError, ValueError):  # Windows has no such limit, macOS not this one
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        if hard == resource.RLIM_INFINITY or hard > MEMORY:
            resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, hard))


@contextmanager
def interrupts_held() -> Iterator[None]:
    """Hold Ctrl-C back while workers are started: here until the block ends, in a worker until it is prepared.

    The terminal sends it to all of them, and one that is on its way up would answer with a traceback.
    """
    held: list[int] = []
    start_tracker()  # its own start would unblock Ctrl-C again
    try:
        with _handler_of(signal.SIGINT, lambda number, _: held.append(number)), _masked(signal.SIGINT):
            yield
    finally:
        if held:
            raise KeyboardInterrupt


def start_tracker() -> None:
    """Start what cleans up after all processes, where it does not run yet; a terminal that closes must not end it."""
    if not hasattr(signal, "SIGHUP"):
        return
    with _masked(signal.SIGHUP):
        resource_tracker.ensure_running()


@contextmanager
def _handler_of(number: signal.Signals, handler: Callable[[int, FrameType | None], object]) -> Iterator[None]:
    """Handle a signal in another way; a thread beside the main one never hears any."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(number, handler)
    try:
        yield
    finally:
        signal.signal(number, before)


@contextmanager
def _masked(number: signal.Signals) -> Iterator[None]:
    """Have processes that are started in the block begin with a signal blocked; Windows knows no such thing."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {number})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def collect_seldom() -> None:
    """Let Python look for circular garbage less often: facts are a hundred thousand small records that all stay."""
    gc.freeze()
    gc.set_threshold(50_000, 5, 4)


def _leave(_signal: int, _frame: FrameType | None) -> None:
    os._exit(130)


def _leave_with_parent() -> None:
    """A killed run tells nobody; its workers must not write on beside the next one, nor stay for ever."""
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """Raise `_OverdueError` in this thread after a while, and again where something swallowed it."""
    if threading.current_thread() is threading.main_thread() and hasattr(signal, "setitimer"):
        before = signal.signal(signal.SIGALRM, _ring)
        left, interval = signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, left, interval)
            signal.signal(signal.SIGALRM, before)
        return
    timer = threading.Timer(seconds, _interrupt, [threading.get_ident()])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _ring(_signal: int, _frame: FrameType | None) -> None:
    raise _OverdueError


def _interrupt(thread: int) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(_OverdueError))


@contextmanager
def _last_resort(seconds: float) -> Iterator[None]:
    """End this process after a while, where it is a worker that has one task at a time."""
    worker = multiprocessing.parent_process() is not None
    if not worker or threading.current_thread() is not threading.main_thread():
        yield
        return
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123 - a file for its descriptor
        faulthandler.dump_traceback_later(seconds, exit=True, file=nowhere)
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()

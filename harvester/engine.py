"""Where the per-group work runs: this process, a few processes of this machine, or a Dask cluster.

All three are `concurrent.futures.Executor`s, so the class loop is one piece of code.
"""

import multiprocessing
import os
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, InvalidStateError, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import forkserver
from pathlib import Path
from typing import Any, TypeVar

from harvester.bounds import enter_worker, interrupts_held, start_tracker

LOCAL = "local"
_LONGEST_TEMP = 70
"""Bytes of the temporary folder's path; in a longer one, the forkserver's socket would have no room for its name."""
SHARED = (
    *(f"harvester.{name}" for name in ("pipeline", "snapshot", "report", "people", "facts", "probes", "likeness")),
    *(f"harvester.{name}" for name in ("mirrors", "mirrors.github_sync", "outputs.picture_cache")),
    *(f"harvester.outputs.{name}" for name in ("group_sheets", "record_file", "workbook_group")),
    *("detect_secrets", "git", "markdown_it", "nh3", "numpy", "openpyxl", "ruamel.yaml", "tree_sitter_python"),
    *("tree_sitter", "PIL.JpegImagePlugin", "PIL.PngImagePlugin", "PIL.WebPImagePlugin"),
)
"""What grading needs: imported once, for all workers, by `harvester.ready`."""

A = TypeVar("A")
R = TypeVar("R")


class InlineExecutor(Executor):
    """Runs each call at once, in this process."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Call, and return a future that is done."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - an executor keeps what was raised
            future.set_exception(error)
        return future


@contextmanager
def open_executor(engine: str, *, workers: int, shared: Sequence[Path] = ()) -> Iterator[Executor]:
    """An executor for the per-group work.

    Parameters
    ----------
    engine
        `local`; or `dask` for a cluster on this machine; or a Dask scheduler's address (`tcp://host:8786`).
    workers
        How many processes, for the engines of this machine; 1 means this very process.
    shared
        Folders that all machines have to see.

    Raises
    ------
    UserError
        Dask is asked for and not installed, its scheduler does not answer, or its workers are of no use.
    """
    if engine != LOCAL:
        from harvester.cluster import open_cluster

        with open_cluster(engine, workers=workers, shared=shared) as executor:
            yield executor
    elif workers <= 1:
        yield InlineExecutor()
    else:
        with _pool(workers) as executor:
            yield executor


def run_alone(fn: Callable[[A], R], argument: A) -> R:
    """Call in a process of its own, which nothing else shares.

    Raises
    ------
    BrokenExecutor
        The process died.
    """
    with _pool(1) as executor:
        return executor.submit(fn, argument).result()


class Aside:
    """Calls that other processes make while this one is at work; without any, they are made when a result is asked."""

    def __init__(self, executor: Executor | None) -> None:
        self._executor = executor

    def call(self, fn: Callable[..., R], *arguments: Any) -> Callable[[], R]:
        """Begin a call, and return what gives its result.

        What ends the other process (too much memory) does not end the call: it is made again, here.
        """
        future = self._executor.submit(fn, *arguments) if self._executor else None

        def result() -> R:
            try:
                return future.result() if future else fn(*arguments)
            except (BrokenExecutor, MemoryError):
                return fn(*arguments)

        return result


@contextmanager
def open_aside(groups: int, *, calls: int) -> Iterator[Aside]:
    """Processes for some calls beside this one's work, where there are cores, and groups enough to be worth it."""
    if grade_workers(2, groups) == 1:
        yield Aside(None)
        return
    with _pool(calls) as executor:
        yield Aside(executor)


def grade_workers(jobs: int, groups: int) -> int:
    """How many processes grade: never more than cores, and none for a handful of groups."""
    return 1 if groups <= 2 else max(1, min(jobs, os.cpu_count() or 1))


class _Pool(ProcessPoolExecutor):
    """Processes of this machine, which an interrupted run takes with it, however far their start has come."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Have a worker call, which is started here where there is none."""
        with interrupts_held():
            return super().submit(fn, *args, **kwargs)

    def __exit__(self, kind: type[BaseException] | None, *more: Any) -> bool | None:
        """Wait for the workers; end them where the run was interrupted."""
        if kind is not None and not issubclass(kind, Exception):
            threading.excepthook = _hush_cancelled
            for process in multiprocessing.active_children():
                process.terminate()
        return super().__exit__(kind, *more)


def _hush_cancelled(trace: threading.ExceptHookArgs) -> None:
    """Before Python 3.12, the pool's own thread stumbles over calls that were cancelled when its workers end."""
    if not issubclass(trace.exc_type, InvalidStateError):
        threading.__excepthook__(trace)


def _pool(workers: int) -> ProcessPoolExecutor:
    start_tracker()
    return _Pool(workers, mp_context=_context(), initializer=enter_worker)


def begin_loading(workers: int) -> None:
    """Have what so many processes of this machine will share be loaded, before there is work for them."""
    if workers > 1 and _context().get_start_method() == "forkserver":
        with interrupts_held():
            forkserver.ensure_running()


def _context() -> multiprocessing.context.BaseContext:
    """Forkserver where there can be one: no threads are copied, and the stages are imported once for all workers."""
    roomy = len(os.fsencode(tempfile.gettempdir())) <= _LONGEST_TEMP
    if not roomy or "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["harvester.ready"])
    return context

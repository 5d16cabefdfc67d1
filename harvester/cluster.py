"""Grading on a Dask cluster, as an executor: what it is given, what comes back, and what is lost, as at home."""

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from concurrent.futures import wait as wait_for
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harvester.bounds import MEMORY, enter_worker
from harvester.errors import UserError
from harvester.keys import code_sha256

PATIENCE = "10s"
"""How long a scheduler may take to answer."""


@contextmanager
def open_cluster(engine: str, *, workers: int, shared: Sequence[Path]) -> Iterator[Executor]:
    """An executor whose calls run on a Dask cluster; tasks of workers that are lost are done again by others.

    Parameters
    ----------
    engine
        `dask` for a cluster of so many workers on this machine; else a scheduler's address.
    shared
        Folders that every worker has to see under the same path.

    Raises
    ------
    UserError
        Dask is not installed, no scheduler answers, or the workers are no help: another version of Harvester, or
        another file system.
    """
    try:
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise UserError("`engine` names Dask, which is not installed.", "Install `dtu-harvester[dask]`.") from error
    cluster = _open_local(LocalCluster, workers) if engine == "dask" else None
    try:
        try:
            client = Client(cluster or engine, timeout=PATIENCE)
        except (OSError, ValueError) as error:
            raise UserError(f"No Dask scheduler answers at {engine}.", "Check `engine` in course.yaml.") from error
        try:
            _check_workers(client, shared)
            yield _ClusterExecutor(client)
        finally:
            client.close()
    finally:
        if cluster is not None:
            cluster.close()


def _open_local(kind: Callable[..., Any], workers: int) -> Any:
    return kind(
        n_workers=max(workers, 1),
        threads_per_worker=1,
        memory_limit=MEMORY,
        dashboard_address="127.0.0.1:0",
        silence_logs=logging.CRITICAL,
        preload=[__name__],
    )


def dask_setup(_worker: object) -> None:
    """Runs in each worker of a cluster on this machine when it starts: bounds, and a quiet end, as at home."""
    enter_worker()


def _check_workers(client: Any, shared: Sequence[Path]) -> None:
    """Look at the workers that are there already; more may come."""
    seen: dict[str, tuple[str, list[str]]] = client.run(look_around, [str(path) for path in shared if path.is_dir()])
    for address, (sha256, missing) in seen.items():
        if sha256 != code_sha256():
            raise UserError(f"The worker {address} has another version of Harvester.", "Install the same everywhere.")
        if missing:
            advice = "Put `output` and `mirrors` on a file system that all workers share, under the same path."
            raise UserError(f"The worker {address} does not see {missing[0]}.", advice)


def look_around(folders: Sequence[str]) -> tuple[str, list[str]]:
    """Runs on a worker: its version of Harvester, and which of the folders are not there."""
    return code_sha256(), [folder for folder in folders if not Path(folder).is_dir()]


class _ClusterExecutor(Executor):
    """A client's executor that can be shut down like any other; a task that no worker survives breaks it."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._tasks: dict[Future[Any], Any] = {}

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Hand a call to the cluster."""
        future: Future[Any] = Future()
        task = self._client.submit(fn, *args, **kwargs, pure=False)
        self._tasks[future] = task
        task.add_done_callback(lambda done: self._settle(future, done))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Have the cluster forget what is not done, where that is asked for; else wait for it."""
        if cancel_futures:
            tasks = list(self._tasks.values())
            self._tasks.clear()
            self._client.cancel(tasks, force=True)
        elif wait:
            wait_for(list(self._tasks))

    def _settle(self, future: Future[Any], task: Any) -> None:
        from distributed import KilledWorker

        if self._tasks.pop(future, None) is None:
            return
        try:
            future.set_result(task.result())
        except (KilledWorker, CancelledError) as error:
            future.set_exception(LostError(str(error)))
        except Exception as error:  # noqa: BLE001 - an executor keeps what was raised
            future.set_exception(error)


class LostError(BrokenExecutor):
    """The workers that had the task died, or the scheduler did."""

"""One git that gives sizes and contents of objects for as long as it is asked, each time within bounds.

A git older than 2.36 gives one of both alone, so there are two of it.
"""

import contextlib
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from functools import cache
from typing import IO, TYPE_CHECKING, Literal, cast

from harvester.processes import Ending, Outcome, Streams, ask_git_version, end_group, is_old_git
from harvester.snapshot.faults import MOST_OUTPUT, TIMEOUT, explain

if TYPE_CHECKING:
    from harvester.snapshot.objects import Objects

_AT_ONCE = 50
"""Objects that are asked for at once: 4,096 bytes are taken by any pipe, whatever git is at."""
_LONGEST_LINE = 1_000

_FIRST_FOR_BOTH = (2, 36)
_ALONE = {"info": "--batch-check", "contents": "--batch"}

Command = Literal["info", "contents"]
_KEPT: "ContextVar[dict[tuple[Objects, Command | None], Cat] | None]" = ContextVar("_KEPT", default=None)


@cache
def one_for_both() -> bool:
    """Whether this machine's git gives sizes and contents in one process."""
    return not is_old_git(ask_git_version() or "", _FIRST_FOR_BOTH)


@contextlib.contextmanager
def reader_kept() -> Iterator[None]:
    """Within the block, what was started to read a repository's objects stays for the next that are asked for."""
    kept: dict[tuple[Objects, Command | None], Cat] = {}
    before = _KEPT.set(kept)
    try:
        yield
    finally:
        _KEPT.reset(before)
        for cat in kept.values():
            cat.end()


@contextlib.contextmanager
def cat_for(objects: "Objects", command: Command) -> "Iterator[Cat]":
    """The one that stays for this repository; outside of `reader_kept` one for this block. One that failed is ended."""
    kept = _KEPT.get()
    key = (objects, None if one_for_both() else command)
    cat = (kept.pop(key, None) if kept else None) or Cat(*key)
    whole = False
    try:
        yield cat
        whole = True
    finally:
        if whole and kept is not None:
            kept[key] = cat
        else:
            cat.end()


class Cat:
    """`git cat-file`, and what it has said but nobody has read. `alone` is the one thing that it gives."""

    def __init__(self, objects: "Objects", alone: Command | None) -> None:
        how = ["--batch-command", "--buffer"] if alone is None else [_ALONE[alone]]
        self._both = alone is None
        self._process = objects.start(["cat-file", *how], subprocess.PIPE)
        self._input = cast(IO[bytes], self._process.stdin)
        self._streams = Streams(self._process)
        self._said = bytearray()

    def read(self, oids: Sequence[str]) -> dict[str, bytes | None]:
        """Object id -> its bytes, None where it is not there.

        Raises
        ------
        SnapshotError
            Git ended, or this took too long or is too much.
        """
        end, left = time.monotonic() + TIMEOUT, MOST_OUTPUT
        found: dict[str, bytes | None] = {}
        for asked in self._ask("contents", oids):
            for oid in asked:
                known = _parse(self._line(end))
                left -= known[1] if known else 0
                if left < 0:
                    raise self._fault(Ending.TOO_MUCH)
                found[oid] = None if known is None else self._take(known[1], end, after=1)
        return found

    def sizes(self, names: Sequence[str]) -> dict[str, tuple[str, int] | None]:
        """Object name -> (id, size in bytes), None where the object is not there.

        Raises
        ------
        SnapshotError
            Git ended, or this took too long.
        """
        end = time.monotonic() + TIMEOUT
        found: dict[str, tuple[str, int] | None] = {}
        for asked in self._ask("info", names):
            while self._said.count(b"\n") < len(asked):
                if len(self._said) > _LONGEST_LINE * len(asked):
                    raise self._fault(Ending.TOO_MUCH)
                self._more(end)
            found.update(zip(asked, map(_parse, self._said.splitlines()), strict=True))
            self._said.clear()
        return found

    def _ask(self, command: Command, names: Sequence[str]) -> Iterator[Sequence[str]]:
        """Ask for so many at once, and give their names; all answers are to be read before the next are asked for."""
        for begin in range(0, len(names), _AT_ONCE):
            asked = names[begin : begin + _AT_ONCE]
            lines = [f"{command} {name}\n" for name in asked] if self._both else [f"{name}\n" for name in asked]
            with contextlib.suppress(BrokenPipeError):  # why it ended is said where its answer is read
                self._input.write("".join([*lines, *["flush\n"] * self._both]).encode())
                self._input.flush()
            yield asked

    def end(self) -> None:
        """End it; it holds nothing that could be lost."""
        end_group(self._process)
        self._streams.close()
        with contextlib.suppress(BrokenPipeError):
            self._input.close()

    def _line(self, end: float) -> bytes:
        """What the next answer begins with."""
        while (length := self._said.find(b"\n") + 1) == 0:
            if len(self._said) > _LONGEST_LINE:
                raise self._fault(Ending.TOO_MUCH)
            self._more(end)
        return self._take(length, end)

    def _take(self, size: int, end: float, after: int = 0) -> bytes:
        """So many bytes; those after them are dropped."""
        while len(self._said) < size + after:
            self._more(end)
        taken = bytes(memoryview(self._said)[:size])
        del self._said[: size + after]
        return taken

    def _more(self, end: float) -> None:
        wait = end - time.monotonic()
        if wait <= 0:
            raise self._fault(Ending.TIMEOUT)
        if not self._streams.open:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(wait)
            raise self._fault(Ending.EXITED)
        self._streams.step(wait)
        self._said += self._streams.take()

    def _fault(self, ending: Ending) -> Exception:
        return explain("cat-file", Outcome(self._process.returncode or 0, b"", self._streams.stderr, ending))


def _parse(line: bytes | bytearray) -> tuple[str, int] | None:
    """The id and the size that a line says; None where it says that there is no such object."""
    words = line.split()
    return (words[0].decode(), int(words[2])) if len(words) == 3 else None

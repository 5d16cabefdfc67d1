"""One git that gives sizes and contents of objects for as long as it is asked, each time within bounds."""

import contextlib
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from typing import IO, TYPE_CHECKING, cast

from harvester.processes import Ending, Outcome, Streams, end_group
from harvester.snapshot.faults import MOST_OUTPUT, TIMEOUT, explain

if TYPE_CHECKING:
    from harvester.snapshot.objects import Objects

_AT_ONCE = 50
"""Objects that are asked for at once: 4,096 bytes are taken by any pipe, whatever git is at."""
_LONGEST_LINE = 1_000

_KEPT: "ContextVar[dict[Objects, Cat] | None]" = ContextVar("_KEPT", default=None)


@contextlib.contextmanager
def reader_kept() -> Iterator[None]:
    """Within the block, what was started to read a repository's objects stays for the next that are asked for."""
    kept: dict[Objects, Cat] = {}
    before = _KEPT.set(kept)
    try:
        yield
    finally:
        _KEPT.reset(before)
        for cat in kept.values():
            cat.end()


@contextlib.contextmanager
def cat_for(objects: "Objects") -> "Iterator[Cat]":
    """The one that stays for this repository; outside of `reader_kept` one for this block. One that failed is ended."""
    kept = _KEPT.get()
    cat = (kept.pop(objects, None) if kept else None) or Cat(objects)
    whole = False
    try:
        yield cat
        whole = True
    finally:
        if whole and kept is not None:
            kept[objects] = cat
        else:
            cat.end()


class Cat:
    """`git cat-file --batch-command`, and what it has said but nobody has read."""

    def __init__(self, objects: "Objects") -> None:
        self._process = objects.start(["cat-file", "--batch-command", "--buffer"], subprocess.PIPE)
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

    def _ask(self, command: str, names: Sequence[str]) -> Iterator[Sequence[str]]:
        """Ask for so many at once, and give their names; all answers are to be read before the next are asked for."""
        for begin in range(0, len(names), _AT_ONCE):
            asked = names[begin : begin + _AT_ONCE]
            lines = "".join(f"{command} {name}\n" for name in asked)
            with contextlib.suppress(BrokenPipeError):  # why it ended is said where its answer is read
                self._input.write(f"{lines}flush\n".encode())
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

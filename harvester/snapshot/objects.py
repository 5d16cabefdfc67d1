"""Git objects read in batches, a few processes for a whole repository, with no way to reach any network."""

import os
import signal
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from harvester.errors import SnapshotError
from harvester.processes import Ending, collect, git_environment, start_git

EMPTY_TREE = {40: "4b825dc642cb6eb9a060e54bf8d69288fbee4904"}
_TIMEOUT = 120.0
MOST_OUTPUT = 128_000_000
"""Bytes that one process may say."""
_REPAIR = "Remove the mirror's folder and sync again."


@dataclass(frozen=True)
class Objects:
    """One repository's objects. Nothing of it is written, checked out or run."""

    git_dir: Path
    work_tree: Path | None = None

    def run(
        self, args: list[str], *, data: Iterable[str] = (), timeout: float = _TIMEOUT, attributes: str | None = None
    ) -> bytes:
        """What git says, given lines of input. `attributes` is the tree that newer gits read `.gitattributes` of.

        Raises
        ------
        SnapshotError
            It failed, took too long or said too much.
        """
        env = git_environment() | ({"GIT_ATTR_SOURCE": attributes} if attributes else {})
        place = [f"--git-dir={self.git_dir}", *([f"--work-tree={self.work_tree}"] if self.work_tree else [])]
        with tempfile.TemporaryFile() as lines:
            lines.write("".join(f"{line}\n" for line in data).encode())
            lines.seek(0)
            outcome = collect(
                start_git([*place, *args], env, cast(BinaryIO, lines)), timeout=timeout, max_output=MOST_OUTPUT
            )
        if outcome.ok:
            return outcome.stdout
        what = args[0]
        if outcome.ending is Ending.TIMEOUT:
            raise SnapshotError(f"The repository could not be read within {timeout:g} seconds (git {what}).")
        if outcome.ending is Ending.TOO_MUCH:
            raise SnapshotError(f"The repository holds more than can be read (git {what}).")
        if outcome.code < 0:
            raise _died(what, -outcome.code)
        raise SnapshotError(f"The mirror is damaged: {_first_line(outcome.stderr)} (git {what}).", _REPAIR)

    def sizes(self, names: Iterable[str]) -> dict[str, tuple[str, int] | None]:
        """Object name -> (id, size in bytes), None where the object is not there."""
        wanted = sorted(set(names))
        if not wanted:
            return {}
        out = self.run(["cat-file", "--buffer", "--batch-check=%(objectname) %(objectsize)"], data=wanted)
        found: dict[str, tuple[str, int] | None] = {}
        for name, line in zip(wanted, out.decode().removesuffix("\n").split("\n"), strict=True):
            oid, _, size = line.rpartition(" ")
            found[name] = (oid, int(size)) if size.isdigit() else None
        return found

    def contents(self, oids: Iterable[str]) -> dict[str, bytes | None]:
        """Blob id -> its bytes, None where it is not there."""
        wanted = sorted(set(oids))
        if not wanted:
            return {}
        out = memoryview(self.run(["cat-file", "--buffer", "--batch"], data=wanted))
        found: dict[str, bytes | None] = {}
        position = 0
        for oid in wanted:
            end = position + bytes(out[position : position + 200]).index(b"\n")
            words = bytes(out[position:end]).split()
            position = end + 1
            if len(words) != 3:
                found[oid] = None
                continue
            size = int(words[2])
            found[oid] = bytes(out[position : position + size])
            position += size + 1
        return found


def find_git_dir(path: Path) -> tuple[Path, Path] | None:
    """The work tree and the git folder that a path lies in; None where it lies in none."""
    for folder in (path, *path.parents):
        git = folder / ".git"
        if git.is_dir() and (git / "HEAD").is_file():
            return folder, git
        if git.is_file() and not git.is_symlink():
            text = git.read_bytes()[:4096].decode(errors="replace").strip()
            target = Path(os.path.normpath(folder / text.removeprefix("gitdir:").strip()))
            if text.startswith("gitdir:") and (target / "HEAD").is_file():
                return folder, target
    return None


def _died(what: str, number: int) -> SnapshotError:
    """Git ended by a signal: its own fault, or somebody else's; never the mirror's."""
    if number == signal.SIGKILL:
        message = f"git was ended from outside while it read the repository (git {what})."
        return SnapshotError(message, "Run again; if it stays so, the machine has too little memory.")
    message = f"git itself broke down while it read the repository (git {what}, signal {number})."
    return SnapshotError(
        message, "It does where folders lie thousands deep in each other; look at the repository by hand."
    )


def _first_line(text: str) -> str:
    line = next((line for line in text.splitlines() if line.strip()), "no message")
    return "".join(mark if mark.isprintable() else " " for mark in line)[:200]

"""Git objects read in batches, a few processes for a whole repository, with no way to reach any network."""

import os
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from harvester.processes import collect, git_environment, start_git
from harvester.snapshot.cat import cat_for
from harvester.snapshot.faults import MOST_OUTPUT, TIMEOUT, explain

EMPTY_TREE = {
    40: "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    64: "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
}
"""Digits of an id -> that of the tree without entries, which every repository has."""


@dataclass(frozen=True)
class Objects:
    """One repository's objects. Nothing of it is written, checked out or run."""

    git_dir: Path
    work_tree: Path | None = None

    def run(
        self, args: list[str], *, data: Iterable[str] = (), timeout: float = TIMEOUT, attributes: str | None = None
    ) -> bytes:
        """What git says, given lines of input. `attributes` is the tree that newer gits read `.gitattributes` of.

        Raises
        ------
        SnapshotError
            It failed, took too long or said too much.
        """
        with tempfile.TemporaryFile() as lines:
            lines.write("".join(f"{line}\n" for line in data).encode())
            lines.seek(0)
            process = self.start(args, cast(BinaryIO, lines), attributes)
            outcome = collect(process, timeout=timeout, max_output=MOST_OUTPUT)
        if not outcome.ok:
            raise explain(args[0], outcome, timeout)
        return outcome.stdout

    def start(self, args: list[str], stdin: BinaryIO | int, attributes: str | None = None) -> "subprocess.Popen[bytes]":
        """Start git on the repository."""
        env = git_environment() | ({"GIT_ATTR_SOURCE": attributes} if attributes else {})
        place = [f"--git-dir={self.git_dir}", *([f"--work-tree={self.work_tree}"] if self.work_tree else [])]
        return start_git([*place, *args], env, stdin)

    def sizes(self, names: Iterable[str]) -> dict[str, tuple[str, int] | None]:
        """Object name -> (id, size in bytes), None where the object is not there.

        Raises
        ------
        SnapshotError
            Git failed, or took too long.
        """
        wanted = sorted(set(names))
        if not wanted:
            return {}
        with cat_for(self, "info") as cat:
            return cat.sizes(wanted)

    def contents(self, oids: Iterable[str]) -> dict[str, bytes | None]:
        """Object id -> its bytes, None where it is not there.

        Raises
        ------
        SnapshotError
            Git failed, took too long or said too much.
        """
        wanted = sorted(set(oids))
        if not wanted:
            return {}
        with cat_for(self, "contents") as cat:
            return cat.read(wanted)


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

"""The refs of a mirror on this machine. Nothing here can reach the network."""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from harvester.errors import MirrorError
from harvester.mirrors.failures import DAMAGED, TOO_MANY_REFS, SyncFailedError, read_failure
from harvester.mirrors.refs import HEADS, KINDS, is_sha, read_refs
from harvester.processes import collect, git_environment, start_git

_TIMEOUT = 120.0
_LARGEST = 64_000_000
"""Bytes of the file of packed refs."""
_CONFIG = "[core]\n\trepositoryformatversion = {version}\n\tfilemode = true\n\tbare = true\n[gc]\n\tauto = 0\n"
_SHA256 = "[extensions]\n\tobjectformat = sha256\n"
_USUAL = ("main", "master")


@dataclass(frozen=True)
class LocalRefs:
    """The branches and tags of a bare repository."""

    repository: Path

    def refs(self) -> dict[str, str]:
        """Full ref name -> sha, branches and tags, as git keeps them: packed in one file, or since then one file each.

        Raises
        ------
        SyncFailedError
            There are too many, or one of them is damaged.
        """
        packed = self.repository / "packed-refs"
        size = packed.stat().st_size if packed.exists() else 0
        if size > _LARGEST:
            raise SyncFailedError(TOO_MANY_REFS)
        lines = [packed.read_bytes()] if size else []
        for kind in KINDS:
            for file in (self.repository / kind).rglob("*"):
                if file.is_dir() or file.suffix == ".lock":
                    continue
                sha = file.read_bytes().strip()
                if not is_sha(sha.decode(errors="replace")):
                    raise SyncFailedError(DAMAGED)
                lines.append(sha + b" " + os.fsencode(file.relative_to(self.repository).as_posix()))
        return dict(sorted(dict(read_refs(b"\n".join(lines), " ")).items()))

    def head(self, refs: dict[str, str]) -> str | None:
        """The branch that HEAD names, where there is such a branch."""
        text = (self.repository / "HEAD").read_bytes().decode(errors="replace")
        name = text.removeprefix("ref: ").removesuffix("\n")
        return name.removeprefix(HEADS) if name in refs else None

    def guess_default(self, refs: dict[str, str]) -> str | None:
        """A default branch where the server names none: main, master, or the one with the newest commit."""
        for name in _USUAL:
            if HEADS + name in refs:
                return name
        args = ["for-each-ref", "--sort=-committerdate", "--count=1", "--format=%(refname)", "refs/heads"]
        name = self._run(args).decode(errors="replace").removesuffix("\n")
        return name.removeprefix(HEADS) if name in refs else None

    def keep(self, shas: Iterable[str]) -> None:
        """Keep commits reachable that are about to lose their branch, so that what was graded can be shown again."""
        for path in map(self._seen, set(shas)):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(path.name + "\n")

    def release(self, sha: str) -> None:
        """Undo `keep` for a commit that a branch still leads to."""
        self._seen(sha).unlink(missing_ok=True)

    def _seen(self, sha: str) -> Path:
        if not is_sha(sha):
            raise MirrorError(f"{sha[:80]!r} is no commit.", "Remove the mirror's folder and sync again.")
        return self.repository / "refs" / "harvester" / "seen" / sha

    def is_ancestor(self, old: str, new: str) -> bool:
        """Whether a branch only grew from one commit to another."""
        return not self._run(["rev-list", "--max-count=1", old, f"^{new}", "--"]).strip()

    def has_commit(self, sha: str) -> bool:
        """Whether a commit is in the mirror, without asking any server for it."""
        try:
            self._run(["cat-file", "-e", f"{sha}^{{commit}}"])
        except SyncFailedError:
            return False
        return True

    def forget_remote(self) -> None:
        """Leave a config that names no remote: no reader of the mirror can then fetch what is missing."""
        config = self.repository / "config"
        sha256 = re.search(r"objectformat\s*=\s*sha256", config.read_text(errors="replace"), re.IGNORECASE)
        config.write_text(_CONFIG.format(version=1 if sha256 else 0) + (_SHA256 if sha256 else ""))

    def clear_locks(self) -> None:
        """Remove what a killed git left: its locks and half-written packs. The caller is alone with this mirror."""
        for pattern in ("*.lock", "refs/**/*.lock", "objects/pack/tmp_*", "objects/**/tmp_obj_*"):
            for left in self.repository.glob(pattern):
                left.unlink(missing_ok=True)

    def _run(self, args: list[str]) -> bytes:
        process = start_git([f"--git-dir={self.repository}", *args], git_environment())
        outcome = collect(process, timeout=_TIMEOUT)
        if not outcome.ok:
            raise SyncFailedError(read_failure(outcome, timeout=_TIMEOUT, text=outcome.stderr))
        return outcome.stdout

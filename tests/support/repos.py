"""Real git repositories in a temporary folder, from data, in one git process and without the user's git config."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

START = datetime.fromisoformat("2026-01-05T09:00:00+01:00")
"""The date of the first commit that names none; each next one is an hour later."""


@dataclass(frozen=True)
class Link:
    """A symbolic link's target, as a file of a commit."""

    target: str


@dataclass(frozen=True)
class Submodule:
    """A submodule's commit, as a file of a commit."""

    sha: str = "1" * 40


@dataclass(frozen=True)
class Script:
    """An executable file, as a file of a commit."""

    text: str


Content = str | bytes | None | Link | Submodule | Script
"""A file of a commit; None deletes it."""


@dataclass(frozen=True)
class Commit:
    """One commit: what it changes, and who made it when. A date is ISO 8601, or git's raw form (`0 +0000`)."""

    files: Mapping[str, Content] = field(default_factory=dict)
    message: str | bytes = "Work on it"
    author: tuple[str, str] = ("Ada Sample", "ada@example.org")
    date: str | None = None
    committer: tuple[str, str] | None = None
    committed: str | None = None
    merge: str | None = None
    """The branch that this commit merges. Its files are not taken over: name them in `files`."""


@dataclass(frozen=True)
class Fork:
    """A branch that leaves the default branch after its commit number `at` (0 is the first, -1 the last)."""

    commits: Sequence[Commit]
    at: int = -1


@dataclass(frozen=True)
class Repo:
    """What was built. `shas` are the default branch's commits in order, `branches` those of every branch."""

    path: Path
    shas: tuple[str, ...]
    branches: Mapping[str, tuple[str, ...]]

    @property
    def url(self) -> str:
        """The repository as a file URL."""
        return self.path.absolute().as_uri()

    @property
    def head(self) -> str:
        """The newest commit of the default branch."""
        return self.shas[-1]


def build_repo(
    path: Path,
    commits: Sequence[Commit] = (),
    *,
    branches: Mapping[str, Sequence[Commit] | Fork] | None = None,
    tags: Mapping[str, int] | None = None,
    default_branch: str = "main",
    work_tree: bool = False,
) -> Repo:
    """Build a repository that serves partial clones.

    Parameters
    ----------
    path
        The bare repository's folder; with `work_tree` the working copy's.
    commits
        The default branch, oldest first. None gives an empty repository.
    branches
        Other branches: a list of commits that leaves the default branch at its tip, or a `Fork`.
    tags
        Name -> number of a commit of the default branch (-1 is the last).
    work_tree
        Check the default branch out.
    """
    folder = path / ".git" if work_tree else path
    _init(folder, default_branch, bare=not work_tree)
    stream = _Stream(folder, default_branch, commits, branches or {})
    marks = stream.run(tags or {})
    if work_tree and commits:
        run_git(path, "reset", "--quiet", "--hard")
    shas = {name: tuple(marks[mark] for mark in made) for name, made in stream.marks.items()}
    return Repo(path, shas.get(default_branch, ()), shas)


def run_git(folder: Path, *args: str, data: bytes | None = None) -> bytes:
    """Run git in a folder without the user's config, and return what it says."""
    env = {"PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "HOME": str(folder)}
    person = {"NAME": "Ada Sample", "EMAIL": "ada@example.org", "DATE": START.isoformat()}
    env |= {f"GIT_{who}_{key}": value for who in ("AUTHOR", "COMMITTER") for key, value in person.items()}
    done = subprocess.run(["git", *args], cwd=folder, env=env, input=data, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return done.stdout


def _init(folder: Path, default_branch: str, *, bare: bool) -> None:
    for name in ("objects/info", "objects/pack", "refs/heads", "refs/tags"):
        (folder / name).mkdir(parents=True)
    (folder / "HEAD").write_text(f"ref: refs/heads/{default_branch}\n")
    (folder / "config").write_text(
        f"[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = {str(bare).lower()}\n"
        "[uploadpack]\n\tallowFilter = true\n\tallowAnySHA1InWant = true\n"
    )


class _Stream:
    """A `git fast-import` stream: commits in an order in which everything is made before it is used."""

    def __init__(
        self, folder: Path, default: str, commits: Sequence[Commit], branches: Mapping[str, Sequence[Commit] | Fork]
    ) -> None:
        self.folder = folder
        self.default = default
        self.commits = commits
        self.branches = branches
        self.marks: dict[str, list[int]] = {}
        self.lines: list[bytes] = []
        self.count = 0

    def run(self, tags: Mapping[str, int]) -> dict[int, str]:
        """Write all commits and refs; returns mark -> sha."""
        for commit in self.commits:
            if commit.merge is not None:
                self._fork(commit.merge)
            self._commit(self.default, commit, None)
        for name in self.branches:
            self._fork(name)
        for name, number in tags.items():
            self._write(f"reset refs/tags/{name}\nfrom :{self.marks[self.default][number]}\n\n")
        args = ["fast-import", "--quiet", "--force", "--date-format=raw-permissive", "--export-marks=marks"]
        run_git(self.folder, *args, data=b"".join(self.lines))
        marks = self.folder / "marks"
        pairs = [line.split() for line in marks.read_text().splitlines()]
        marks.unlink()
        return {int(mark[1:]): sha for mark, sha in pairs}

    def _fork(self, name: str) -> None:
        if name in self.marks:
            return
        spec = self.branches[name]
        fork = spec if isinstance(spec, Fork) else Fork(spec)
        base = self.marks[self.default][fork.at] if self.default in self.marks else None
        if not fork.commits and base is not None:
            self._write(f"reset refs/heads/{name}\nfrom :{base}\n\n")
            self.marks[name] = [base]
        for commit in fork.commits:
            self._commit(name, commit, base)

    def _commit(self, branch: str, commit: Commit, base: int | None) -> None:
        parent = self.marks[branch][-1] if branch in self.marks else base
        self.count += 1
        self.marks.setdefault(branch, []).append(self.count)
        date = commit.date or (START + timedelta(hours=self.count - 1)).isoformat()
        self._write(f"commit refs/heads/{branch}\nmark :{self.count}\n")
        self._write(f"author {_person(commit.author)} {_raw_date(date)}\n")
        self._write(f"committer {_person(commit.committer or commit.author)} {_raw_date(commit.committed or date)}\n")
        self._data(commit.message)
        if parent is not None:
            self._write(f"from :{parent}\n")
        if commit.merge is not None:
            self._write(f"merge :{self.marks[commit.merge][-1]}\n")
        for path, content in commit.files.items():
            self._file(path, content)
        self._write("\n")

    def _file(self, path: str, content: Content) -> None:
        if content is None:
            self._write(f"D {_quote(path)}\n")
        elif isinstance(content, Submodule):
            self._write(f"M 160000 {content.sha} {_quote(path)}\n")
        else:
            mode, body = _blob(content)
            self._write(f"M {mode} inline {_quote(path)}\n")
            self._data(body)

    def _data(self, body: str | bytes) -> None:
        raw = body if isinstance(body, bytes) else body.encode()
        self.lines.append(b"data %d\n%b\n" % (len(raw), raw))

    def _write(self, text: str) -> None:
        self.lines.append(text.encode(errors="surrogateescape"))


def _blob(content: str | bytes | Link | Script) -> tuple[str, str | bytes]:
    if isinstance(content, Link):
        return "120000", content.target
    if isinstance(content, Script):
        return "100755", content.text
    return "100644", content


def _person(person: tuple[str, str]) -> str:
    name, mail = person
    return f"{name} <{mail}>" if name else f"<{mail}>"


def _quote(path: str) -> str:
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _raw_date(date: str) -> str:
    first, _, zone = date.partition(" ")
    if first.isdigit() and zone:
        return date
    when = datetime.fromisoformat(date)
    return f"{int(when.timestamp())} {when:%z}"

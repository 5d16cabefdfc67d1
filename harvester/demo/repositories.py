"""Real git repositories out of plans: one `git fast-import` each, the same shas every time."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from tempfile import TemporaryFile

from git import Git, GitCommandError

from harvester.demo.plans import Author, DemoGroup, File, Step, matches
from harvester.errors import OutputError
from harvester.processes import git_command, git_environment

_ZONE = timezone(timedelta(hours=1))
_SETTINGS = {"core.compression": "1", "fastimport.unpackLimit": "1"}
_DRAFT = 0.6


def build_repository(path: Path, group: DemoGroup, files: dict[str, File]) -> None:
    """Write a bare repository with the group's whole history.

    Parameters
    ----------
    path
        Where; must not exist yet.
    group
        Whose history; without steps the repository stays empty.
    files
        The group's files as they are in the end, the report among them.

    Raises
    ------
    OutputError
        Git says no.
    """
    path.mkdir(parents=True)
    stream = _Stream(group.plan.authors, files)
    for step in group.plan.history:
        stream.commit(step)
    try:
        _git(path, "init", "--quiet", "--bare", "--template=", "--initial-branch=main", ".")
        if stream.out:
            _git(path, "fast-import", "--quiet", stdin=bytes(stream.out))
    except GitCommandError as error:
        raise OutputError(f"Git could not build the demo's repository {path}: {error.stderr.strip()}") from error
    config = path / "config"
    config.write_text(config.read_text() + "[uploadpack]\n\tallowFilter = true\n\tallowAnySHA1InWant = true\n")


def _git(path: Path, *arguments: str, stdin: bytes = b"") -> None:
    env = git_environment(settings=_SETTINGS)
    with TemporaryFile() as file:
        file.write(stdin)
        file.seek(0)
        Git(path).execute([*git_command(env), *arguments], istream=file, env=env)


@dataclass
class _Stream:
    """The input of `git fast-import`, made commit by commit."""

    authors: dict[str, Author]
    files: dict[str, File]
    out: bytearray = field(default_factory=bytearray)
    blobs: dict[bytes, int] = field(default_factory=dict)
    tips: dict[str, int] = field(default_factory=dict)
    trees: dict[str, dict[str, File]] = field(default_factory=dict)
    marks: int = 0

    def commit(self, step: Step) -> None:
        """Add one commit to its branch; a new branch leaves `main` where that is now."""
        known = step.branch in self.tips
        parent = self.tips.get(step.branch if known else "main")
        before = self.trees.get(step.branch if known else "main", {})
        after = self._after(step, before)
        changes = self._changes(before, after)
        mark = self._mark()
        author = self.authors[step.by]
        message = step.message + "".join(f"\n\nCo-authored-by: {_ident(self.authors[key])}" for key in step.with_[:1])
        message += "".join(f"\nCo-authored-by: {_ident(self.authors[key])}" for key in step.with_[1:])
        self._line(f"commit refs/heads/{step.branch}")
        self._line(f"mark :{mark}")
        self._line(f"author {_ident(author)} {_seconds(step.at)}")
        self._line(f"committer {_ident(author)} {_seconds(step.committed or step.at)}")
        self._data(message.encode() + b"\n")
        if parent is not None:
            self._line(f"from :{parent}")
        if step.merge is not None:
            self._line(f"merge :{self.tips[step.merge]}")
        self.out += changes + b"\n"
        self.tips[step.branch], self.trees[step.branch] = mark, after
        if step.tag is not None:
            self._line(f"reset refs/tags/{step.tag}\nfrom :{mark}\n")

    def _after(self, step: Step, before: dict[str, File]) -> dict[str, File]:
        after = {path: file for path, file in before.items() if not matches(path, step.remove)}
        if step.merge is not None:
            after |= self.trees[step.merge]
        after |= {path: _draft(file) for path, file in self.files.items() if matches(path, step.draft)}
        return after | {path: file for path, file in self.files.items() if matches(path, step.add)}

    def _changes(self, before: dict[str, File], after: dict[str, File]) -> bytes:
        changes = bytearray()
        for path in sorted(before.keys() - after.keys()):
            changes += b"D " + _quote(path) + b"\n"
        for path in sorted(after):
            file = after[path]
            if file != before.get(path):
                changes += f"M {file.mode} {self._store(file)} ".encode() + _quote(path) + b"\n"
        return bytes(changes)

    def _store(self, file: File) -> str:
        if file.mode == "160000":
            return file.data.decode()
        if file.data not in self.blobs:
            self.blobs[file.data] = self._mark()
            self._line(f"blob\nmark :{self.blobs[file.data]}")
            self._data(file.data)
        return f":{self.blobs[file.data]}"

    def _mark(self) -> int:
        self.marks += 1
        return self.marks

    def _line(self, text: str) -> None:
        self.out += text.encode() + b"\n"

    def _data(self, data: bytes) -> None:
        self.out += b"data %d\n" % len(data) + data + b"\n"


def _draft(file: File) -> File:
    """The first part of a text, as it may have looked a few days before."""
    lines = file.data.splitlines(keepends=True)
    return File(b"".join(lines[: max(1, round(len(lines) * _DRAFT))]), file.mode)


def _ident(author: Author) -> str:
    return f"{author.name} <{author.mail}>"


def _seconds(text: str) -> str:
    return f"{int(datetime.fromisoformat(text).replace(tzinfo=_ZONE).timestamp())} +0100"


def _quote(path: str) -> bytes:
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'.encode()

"""The token after a whole run, through the command line: in no file, no line of output, no argument of any process."""

import base64
import gzip
import os
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.github import TOKEN, GitHub
from tests.support.repos import Commit, build_repo

SECRETS = (TOKEN.encode(), base64.b64encode(f"x-access-token:{TOKEN}".encode()))
DRIVER = """
import sys
import harvester.mirrors.github_sync as sync
from harvester.mirrors.github_api import GitHubApi
GitHubApi.__init__.__kwdefaults__["base_url"] = sys.argv.pop(1)
def break_down(item):
    raise RuntimeError(f"a bug, with {item}")
if sys.argv.pop(1) == "bug":
    sync.read_release = break_down
from harvester.cli import main
main()
"""
GIT = """#!/bin/sh
echo "$@" >> {log}
case "$*" in
  *shop-2*) env | grep -i -e authorization -e token >&2; echo "fatal: not found" >&2; exit 128;;
  clone*) sleep 0.3;;
esac
export GIT_ALLOW_PROTOCOL=file:https
exec {git} -c url.file://{remotes}/.insteadOf=https://github.com/ "$@"
"""
GH = """#!/bin/sh
[ "$*" = "auth token --hostname github.com" ] && echo {token}
"""
COURSE = """\
name: Token
roster: roster.csv
template: dtu-02476
deadline: 2026-01-23T23:59:00+01:00
"""
GIT_PATH = next(
    path for folder in os.get_exec_path() if (path := Path(folder) / "git").is_file() and os.access(path, os.X_OK)
)


class Processes:
    """The command lines of a process and all its descendants, seen again and again while it runs."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.seen: set[bytes] = set()

    def look(self) -> None:
        """Read what /proc has now."""
        family = {self.pid}
        for _ in range(5):
            for folder in Path("/proc").glob("[0-9]*"):
                try:
                    parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                    if parent in family or int(folder.name) in family:
                        family.add(int(folder.name))
                        self.seen.add((folder / "cmdline").read_bytes())
                except (OSError, IndexError, ValueError):
                    continue


@contextmanager
def watching(pid: int) -> Iterator[Processes]:
    """Look all the time."""
    processes, over = Processes(pid), threading.Event()

    def watch() -> None:
        while not over.wait(0.01):
            processes.look()

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield processes
    finally:
        over.set()
        thread.join()


def contents(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Every file below, and what is packed in it."""
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            data = path.read_bytes()
            yield path, data
            if path.suffix == ".gz":
                yield path, gzip.decompress(data)
            elif zipfile.is_zipfile(path):
                with zipfile.ZipFile(path) as packed:
                    yield from ((path / name, packed.read(name)) for name in packed.namelist())


def write_program(path: Path, text: str) -> None:
    """An executable script."""
    path.write_text(text)
    path.chmod(0o755)


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="there is no /proc here")
@pytest.mark.parametrize("source, way", [("environment", "well"), ("gh", "well"), ("environment", "bug")])
def test_a_run_leaves_no_token_anywhere(tmp_path: Path, source: str, way: str) -> None:
    """With a git that repeats its environment, an API that takes the token away half-way, and a bug of ours."""
    programs, place, temporary = tmp_path / "programs", tmp_path / "course", tmp_path / "tmp"
    for folder in (programs, place, temporary):
        folder.mkdir()
    github = GitHub(revoke_after=40 if way == "well" else 10**9)
    for number in range(5):
        build_repo(tmp_path / "remotes" / "ada-sample" / f"shop-{number}", [Commit({"a.py": "x = 1\n"})])
        github.add(f"ada-sample/shop-{number}")
    rows = "".join(f"{number},s00000{number},https://github.com/ada-sample/shop-{number}\n" for number in range(5))
    (place / "roster.csv").write_text(f"group_nb,student 1,repo_url\n{rows}")
    (place / "course.yaml").write_text(COURSE)
    git = GIT.format(log=tmp_path / "arguments", git=GIT_PATH, remotes=tmp_path / "remotes")
    write_program(programs / "git", git)
    write_program(programs / "gh", GH.format(token=TOKEN) if source == "gh" else "#!/bin/sh\nexit 1\n")
    env = os.environ | {"PATH": f"{programs}:{os.environ['PATH']}", "TMPDIR": str(temporary), "NO_COLOR": "1"}
    env |= {"GITHUB_TOKEN": TOKEN} if source == "environment" else {}
    log = str(tmp_path / "run.jsonl")

    with github.serving() as base:
        command = [sys.executable, "-c", DRIVER, base, way, "-v", "--log-file", log, "harvest", "course.yaml"]
        run = subprocess.Popen(command, cwd=place, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        with run, watching(run.pid) as processes:
            said, _ = run.communicate(timeout=100)

    assert run.returncode == 1, said.decode()
    assert github.statuses[200] >= 20 and github.statuses[401] == (0 if way == "bug" else 1)
    assert sum(b"--filter" in line for line in processes.seen) >= 3
    (programs / "gh").unlink()
    files = list(contents(tmp_path))
    assert {"run.jsonl", "harvest.json", "grading.xlsx", "arguments"} <= {path.name for path, _ in files}
    assert way == "bug" or "github.json" in {path.name for path, _ in files}
    assert way == "well" or any(b"a bug, with" in data for _, data in files)
    for secret in SECRETS:
        assert secret not in said
        assert [line for line in processes.seen if secret in line] == []
        assert [path for path, data in files if secret in data] == []

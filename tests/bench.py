"""`make bench`: what a harvest costs, against what git alone costs for the same repositories, in one run.

    make bench BENCH_REMOTES=folder ARGS="--scale 100 300 1000"
    python -m tests.bench [REMOTES] [--runs 5] [--scale 100 300 1000]

REMOTES is a folder of bare repositories; without it, the demo's are built. A git daemon serves them on this machine.
`--scale` gives them so many names instead, once for each number, and says what a group then costs.
"""

import argparse
import csv
import ctypes
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from urllib.parse import quote

from harvester.config import load_checks
from tests.support.network import serve_git

JOBS = 8
HARVESTER = (sys.executable, "-m", "harvester")
COURSE = "name: Bench\nroster: roster.csv\ntemplate: dtu-02476\nallow_protocols: [git]\nchecks: checks\n"
_SUBREAPER = 36


@dataclass(frozen=True)
class Cost:
    """Wall and CPU seconds of a command with all that it started, and the most memory that one process took."""

    wall: float
    cpu: float
    megabytes: float


def measure(command: Sequence[str | Path], *, lines: Sequence[str] = ()) -> Cost:
    """Run a command to its end, workers and their children included."""
    wall = cpu = most = 0.0
    with tempfile.TemporaryFile("w+") as given, tempfile.TemporaryFile("w+") as said:
        given.write("\n".join(lines))
        given.seek(0)
        begun = time.perf_counter()
        process = subprocess.Popen(
            list(map(str, command)), stdin=given, stdout=said, stderr=subprocess.STDOUT, env=_environment()
        )
        while (ended := _wait()) is not None:  # processes that outlived their parents are ours to wait for, too
            pid, status, usage = ended
            cpu += usage.ru_utime + usage.ru_stime
            most = max(most, usage.ru_maxrss / 1024)
            if pid == process.pid:
                wall, process.returncode = time.perf_counter() - begun, os.waitstatus_to_exitcode(status)
        if process.returncode not in (0, 1):
            said.seek(0)
            raise SystemExit(f"{command[0]} ended with {process.returncode}:\n{said.read()}")
    return Cost(wall, cpu, most)


def _wait() -> tuple[int, int, resource.struct_rusage] | None:
    """The end of a process of our group; the server is in another one."""
    try:
        return os.wait4(0, 0)
    except ChildProcessError:
        return None


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PYTHON"))}
    return {**kept, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GITHUB_TOKEN": "", "GH_TOKEN": ""}


@dataclass
class Bench:
    """A course in a folder, and what is measured on it."""

    folder: Path
    urls: list[str]

    def __post_init__(self) -> None:
        self.course = self.folder / "course.yaml"
        self.course.write_text(COURSE)
        self.turn = 0
        self.change_check()
        with (self.folder / "roster.csv").open("w", newline="") as file:
            csv.writer(file).writerows([("group_nb", "repo_url"), *enumerate(self.urls, 1)])

    def clean(self) -> None:
        """As on the first night."""
        for name in ("out", "mirrors", "clones"):
            shutil.rmtree(self.folder / name, ignore_errors=True)

    def clones(self) -> Cost:
        """What git alone takes for the mirrors."""
        self.clean()
        (self.folder / "clones").mkdir()
        git = "git clone -q --bare --filter=blob:limit=1m"
        lines = [f"{url} {self.folder}/clones/{number}" for number, url in enumerate(self.urls)]
        return measure(["xargs", "-P", str(JOBS), "-L", "1", *git.split()], lines=lines)

    def cold(self) -> Cost:
        """A first harvest."""
        self.clean()
        return self.harvest()

    def harvest(self, *options: str) -> Cost:
        """A harvest of what is there."""
        return measure([*HARVESTER, "harvest", self.course, *options])

    def change_check(self) -> None:
        """A rule of one check is made stricter, or laxer again: some groups' verdicts change, and others' do not."""
        self.turn += 1
        check = next(one for one in load_checks("dtu-02476") if one.id == "cookiecutter")
        parts = {"template_parts": {"at_least": 4 + self.turn % 2}}
        another = {"file_exists": {"paths": [f"layout-{self.turn}.txt"]}}  # so that nothing is known from earlier turns
        changed = check.model_copy(update={"found": {"any": [parts, another]}})
        (self.folder / "checks").mkdir(exist_ok=True)
        text = changed.model_dump_json(exclude_defaults=True)
        (self.folder / "checks" / "one.yaml").write_text(f'{{"checks": [{text}]}}', encoding="utf-8")

    def grade(self) -> Cost:
        """All groups graded again, after a change of one check."""
        self.change_check()
        return measure([*HARVESTER, "grade", self.course])

    def asks(self) -> Cost:
        """What it takes to ask each server whether anything is new, and to start Python."""
        asked = measure(["xargs", "-P", str(JOBS), "-L", "1", "git", "ls-remote", "-q"], lines=self.urls)
        started = measure([sys.executable, "-c", "pass"])
        return Cost(asked.wall + started.wall, asked.cpu + started.cpu, asked.megabytes)


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("remotes", nargs="?", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--scale", type=int, nargs="+", default=[])
    options = parser.parse_args()
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        remotes = options.remotes or _build_demo(folder)
        names = [path.name for path in sorted(remotes.iterdir()) if (path / "HEAD").is_file()]
        with serve_git(remotes.absolute()) as port:
            urls = [f"git://127.0.0.1:{port}/{quote(one)}" for one in names]
            if options.scale:
                _scale(folder, urls, options.scale)
                return
            bench = Bench(folder, urls)
            rounds = [_measure_all(bench, number) for number in range(options.runs)]
    _print(rounds, len(urls))


def _scale(folder: Path, urls: list[str], numbers: Sequence[int]) -> None:
    print(f"{len(urls)} repositories under many names, {JOBS} jobs, {os.cpu_count()} cores; per group: s, CPU s")
    print("groups     cold   CPU  unchanged   CPU      grade   CPU   most MB of a process (under 500)")
    for number in numbers:
        bench = Bench(folder, list(islice(cycle(urls), number)))
        cold, unchanged, grade = bench.cold(), bench.harvest(), bench.grade()
        each = "   ".join(f"{cost.wall / number:8.3f} {cost.cpu / number:5.3f}" for cost in (cold, unchanged, grade))
        print(f"{number:6} {each}   {max(cost.megabytes for cost in (cold, unchanged, grade)):8.0f}", flush=True)
        bench.clean()


def _build_demo(folder: Path) -> Path:
    measure([*HARVESTER, "demo", folder / "demo"])
    return folder / "demo" / "remotes"


def _measure_all(bench: Bench, number: int) -> dict[str, Cost]:
    steps: dict[str, Callable[[], Cost]] = {
        "clones": bench.clones,
        "cold": bench.cold,
        "asks": bench.asks,
        "unchanged": bench.harvest,
        "grade": bench.grade,
        "help": lambda: measure([*HARVESTER, "--help"]),
    }
    costs = {}
    for name, step in steps.items():
        costs[name] = step()
        print(f"round {number + 1}: {name} {costs[name].wall:.2f} s", file=sys.stderr, flush=True)
    return costs


def _print(rounds: list[dict[str, Cost]], groups: int) -> None:
    def middle(value: Callable[[dict[str, Cost]], float]) -> float:
        return statistics.median(value(one) for one in rounds)

    rows = [
        ("cold harvest, s", middle(lambda one: one["cold"].wall)),
        ("git clone of the same, s", middle(lambda one: one["clones"].wall)),
        ("  ratio (at most 1.5)", middle(lambda one: one["cold"].wall / one["clones"].wall)),
        ("unchanged harvest, s", middle(lambda one: one["unchanged"].wall)),
        ("git ls-remote of the same and one Python, s", middle(lambda one: one["asks"].wall)),
        ("  ratio (at most 3)", middle(lambda one: one["unchanged"].wall / one["asks"].wall)),
        ("grading all again, s", middle(lambda one: one["grade"].wall)),
        ("  CPU s per group (at most 0.2)", middle(lambda one: one["grade"].cpu / groups)),
        ("harvester --help, CPU s (at most 0.3)", middle(lambda one: one["help"].cpu)),
        ("most memory of a process, MB (under 500)", middle(lambda one: one["grade"].megabytes)),
    ]
    print(f"{groups} groups, {JOBS} jobs, {os.cpu_count()} cores, medians of {len(rounds)}")
    for name, value in rows:
        print(f"{name:<45} {value:8.2f}")


if __name__ == "__main__":
    main()

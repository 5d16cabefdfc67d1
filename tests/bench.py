"""`make bench`: what a harvest costs, against what git alone costs for the same repositories, in one run.

    python -m tests.bench [REMOTES] [--runs 5] [--groups 0]

REMOTES is a folder of bare repositories; without it, the demo's are built. `--groups` gives them so many names.
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

JOBS = 8
HARVESTER = (sys.executable, "-m", "harvester")
COURSE = "name: Bench\nroster: roster.csv\ntemplate: dtu-02476\nallow_protocols: [file]\n"
_SUBREAPER = 36


@dataclass(frozen=True)
class Cost:
    """Wall and CPU seconds of a command with all that it started, and the most memory that one process took."""

    wall: float
    cpu: float
    megabytes: float


def measure(command: Sequence[str | Path], *, lines: Sequence[str] = ()) -> Cost:
    """Run a command to its end, workers and their children included."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        list(map(str, command)), input="\n".join(lines), text=True, capture_output=True, env=_environment(), check=False
    )
    wall = time.perf_counter() - begun
    while True:  # processes that outlived their parents are ours to wait for
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            break
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{command[0]} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(wall, cpu, after.ru_maxrss / 1024)


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return {**kept, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GITHUB_TOKEN": "", "GH_TOKEN": ""}


@dataclass
class Bench:
    """A course in a folder, and what is measured on it."""

    folder: Path
    urls: list[str]

    def __post_init__(self) -> None:
        self.course = self.folder / "course.yaml"
        self.course.write_text(COURSE)
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

    def grade(self) -> Cost:
        """All groups graded again, as after a change of one check."""
        return measure([*HARVESTER, "grade", self.course, "--force"])

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
    parser.add_argument("--groups", type=int, default=0)
    options = parser.parse_args()
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        remotes = options.remotes or _build_demo(folder)
        urls = [path.absolute().as_uri() for path in sorted(remotes.iterdir()) if (path / "HEAD").is_file()]
        urls = list(islice(cycle(urls), options.groups or len(urls)))
        bench = Bench(folder, urls)
        rounds = [_measure_all(bench, number) for number in range(options.runs)]
    _print(rounds, len(urls))


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

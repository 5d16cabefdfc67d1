"""Style findings in package code: one run of ruff on copies of the files, under no settings of the group's."""

import re
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from harvester.facts.cache import contents_key
from harvester.models.builds import Style
from harvester.processes import collect, find_ruff

ARGUMENTS = ("check", "--isolated", "--no-cache", "--exit-zero", "--select", "E,W,F", "--line-length", "120")
_TIMEOUT = 60
_MOST_TEXT = 10_000_000
_MOST_OUTPUT = 20_000_000
"""Bytes: some 200,000 findings."""
_PACKAGE = "__init__.py"
_FINDING = re.compile(rb"^(\d+)[/.][^:\n]*:(\d+):\d+: (?:[A-Z]+\d+|invalid-syntax)", re.MULTILINE)


def style_key(oids: Mapping[str, str]) -> str:
    """A hash of what `measure_style` depends on: paths, contents, ruff's version and arguments."""
    return contents_key(oids, _ruff_version(), *ARGUMENTS)


def measure_style(texts: Mapping[str, str]) -> Style | None:
    """Findings of `ruff check --isolated --select E,W,F --line-length 120`; None where ruff gave no answer.

    Parameters
    ----------
    texts
        Path -> text. The paths are only repeated in the result.
    """
    lines = sum(text.count("\n") + (bool(text) and not text.endswith("\n")) for text in texts.values())
    if not texts:
        return Style(0, 0)
    if sum(map(len, texts.values())) > _MOST_TEXT:
        return None
    paths = sorted(texts)
    with tempfile.TemporaryDirectory(prefix="harvester-") as name:
        folder = Path(name)
        for number, path in enumerate(paths):
            if not texts[path]:  # most of a package's files by the name below
                continue
            place = folder / f"{number}.{path.rpartition('.')[2]}"
            if path.rpartition("/")[2] == _PACKAGE:  # the one name that rules look at
                (folder / str(number)).mkdir()
                place = folder / str(number) / _PACKAGE
            place.write_bytes(texts[path].encode("utf-8", "replace"))
        found = _run(folder)
    if found is None:
        return None
    counts: Counter[int] = Counter()
    first: dict[int, int] = {}
    for number, line in found:
        counts[number] += 1
        first[number] = min(first.get(number, line), line)
    worst = max(sorted(counts), key=lambda number: counts[number], default=None)
    return Style(counts.total(), lines, None if worst is None else (paths[worst], first[worst]))


def _run(folder: Path) -> Iterator[tuple[int, int]] | None:
    """(number of the file, line) of each finding; None where ruff failed, took too long or said too much."""
    command = [find_ruff(), *ARGUMENTS, "--output-format", "concise", "--quiet", "."]
    try:
        process = subprocess.Popen(  # noqa: S603  (no shell, our own arguments)
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={"NO_COLOR": "1", "RAYON_NUM_THREADS": "1"},  # the other cores have groups of their own
            start_new_session=True,
        )
    except OSError:
        return None
    outcome = collect(process, timeout=_TIMEOUT, max_output=_MOST_OUTPUT)
    if not outcome.ok:
        return None
    return ((int(found[1]), int(found[2])) for found in _FINDING.finditer(outcome.stdout))


@cache
def _ruff_version() -> str:
    from importlib.metadata import version

    return version("ruff")

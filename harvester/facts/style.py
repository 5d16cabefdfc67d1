"""Style findings in package code: one run of ruff on copies of the files, under no settings of the group's."""

import re
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from harvester.facts.cache import contents_key
from harvester.models.builds import Style

ARGUMENTS = ("check", "--isolated", "--no-cache", "--exit-zero", "--select", "E,W,F", "--line-length", "120")
_TIMEOUT = 60
_MOST_TEXT = 10_000_000
_FINDING = re.compile(r"^(.*?):(\d+):\d+: ([A-Z]+\d+|invalid-syntax)")


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
            last = re.sub(r"[^\w.]", "_", path.rpartition("/")[2])[-60:]
            (folder / str(number)).mkdir()
            (folder / str(number) / last).write_text(texts[path], "utf-8", errors="replace", newline="\n")
        found = _run(folder)
    if found is None:
        return None
    by_file: dict[str, list[int]] = {}
    for written, line in found:
        by_file.setdefault(paths[int(Path(written).parent.name)], []).append(line)
    worst = max(sorted(by_file), key=lambda path: len(by_file[path]), default=None)
    place = (worst, min(by_file[worst])) if worst else None
    return Style(len(found), lines, place)


def _run(folder: Path) -> list[tuple[str, int]] | None:
    from ruff import find_ruff_bin  # type: ignore[import-untyped]

    command = [find_ruff_bin(), *ARGUMENTS, "--output-format", "concise", "--quiet", "."]
    try:
        done = subprocess.run(  # noqa: S603  (no shell, our own arguments)
            command, cwd=folder, capture_output=True, timeout=_TIMEOUT, check=False, env={"NO_COLOR": "1"}
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode != 0:
        return None
    matches = map(_FINDING.match, done.stdout.decode("utf-8", "replace").splitlines())
    return [(found[1], int(found[2])) for found in matches if found]


def _ruff_version() -> str:
    from importlib.metadata import version

    return version("ruff")

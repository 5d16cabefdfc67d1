"""Makes harvester/facts/data/known.json from the histories of the course's repository and of its cookiecutter template.

    python .ci/known_files.py TEMPLATE.git COURSE.git

Both are bare clones with their whole history. The file holds fingerprints only, none of the texts.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from harvester.facts.known import EXERCISE, LARGEST, TEMPLATE, fingerprint, line_print, normal_lines, skeleton
from harvester.facts.python import parse_python

OUTPUT = Path(__file__).parents[1] / "harvester" / "facts" / "data" / "known.json"
_CODE = re.compile(r"\.(?:py|ya?ml|sh|ipynb|toml|txt|md|json|bat)$|(?i:dockerfile|makefile)$|/Procfile$")
_TEMPLATE_FOLDER = re.compile(r"^\{\{ ?cookiecutter\.\w+ ?\}\}/")
_EXERCISE_FOLDER = re.compile(r"(?:^|/)exercise_files/|^reports/report\.py$|^s\d+_[^/]+/.*\.(?:py|ipynb)$")


def blobs(repository: Path) -> Iterator[tuple[str, str]]:
    """(path, text) of every version of every small text file that a commit of the repository holds."""
    git = ["git", f"--git-dir={repository}"]
    listing = subprocess.run(  # noqa: S603  (our own arguments)
        [*git, "log", "--all", "--raw", "--no-abbrev", "--no-renames", "--format=", "--root", "-m"],
        capture_output=True, check=True, text=True,
    ).stdout  # fmt: skip
    seen: dict[tuple[str, str], None] = {}
    for line in listing.splitlines():
        head, _, path = line.partition("\t")
        new = head.split()[3:4]
        if new and new[0].strip("0") and _CODE.search(path):
            seen[path, new[0]] = None
    wanted = "\n".join(oid for _, oid in seen) + "\n"
    out = subprocess.run(  # noqa: S603
        [*git, "cat-file", "--batch"], input=wanted.encode(), capture_output=True, check=True,
        env={"GIT_NO_LAZY_FETCH": "1", "PATH": "/usr/bin:/bin"},
    ).stdout  # fmt: skip
    position = 0
    for path, _ in seen:
        end = out.index(b"\n", position)
        words = out[position:end].split()
        position = end + 1
        if words[1] == b"missing":
            continue
        size = int(words[2])
        data, position = out[position : position + size], position + size + 1
        if size <= LARGEST and b"\0" not in data:
            yield path.strip('"'), data.decode("utf-8", "replace")


def main(template: Path, course: Path) -> None:
    """Write the file."""
    files: dict[str, str] = {}
    skeletons: dict[str, set[tuple[tuple[int, ...], str, str]]] = {}
    functions: set[str] = set()
    lines: set[str] = set()
    pairs = [(path, text, TEMPLATE) for path, text in blobs(template) if _TEMPLATE_FOLDER.match(path)]
    pairs += [(path, text, EXERCISE) for path, text in blobs(course) if _EXERCISE_FOLDER.search(path)]
    for path, text, origin in pairs:
        if origin == EXERCISE and path.endswith((".md", ".txt", ".json")):
            continue
        if path == "reports/report.py":
            origin = TEMPLATE
        if "{{" in text and "cookiecutter" in text:
            count, holes, rest = skeleton(text)
            if count - len(holes) >= 3:
                skeletons.setdefault(str(count), set()).add((tuple(holes), rest, origin))
        elif sum(len(line) for line in normal_lines(text)) >= 20:
            files.setdefault(fingerprint("\n".join(normal_lines(text))), origin)
        if origin == TEMPLATE and path.endswith(".md"):
            lines.update(found for line in text.splitlines() if (found := line_print(line)))
        if origin == TEMPLATE and path.endswith(".py"):
            functions.update(function.digest for function in parse_python(text)[0].functions)
    data = {
        "files": dict(sorted(files.items())),
        "skeletons": {count: sorted(found) for count, found in sorted(skeletons.items())},
        "functions": sorted(functions),
        "lines": sorted(lines),
    }
    OUTPUT.write_text(json.dumps(data, separators=(",", ":")) + "\n", "utf-8")
    print(f"{len(files)} files, {sum(map(len, skeletons.values()))} with placeholders, {len(functions)} functions")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

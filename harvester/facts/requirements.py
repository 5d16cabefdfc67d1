"""Requirements files and lock files into entries, by the grammar of `packaging`."""

import re
from functools import lru_cache

from packaging.requirements import InvalidRequirement
from packaging.requirements import Requirement as Grammar
from packaging.utils import canonicalize_name

from harvester.models.files import Line, Requirement

_MOST = 5_000
_URL_NAME = re.compile(r"(?:#|&)egg=([A-Za-z0-9._-]+)|/([A-Za-z0-9._-]+?)(?:\.git)?(?:@[^/]*)?(?:#.*)?$")
_LOCK_NAME = re.compile(r"\n[ \t]*+(?:-[ \t]*+)?\"?name\"?[ \t]*+[=:][ \t]*+[\"']?([A-Za-z0-9._-]+)")
_PIPFILE_LOCK_NAME = re.compile(r"\n {8}\"([A-Za-z0-9._-]+)\": \{")
"""Both begin with the end of the line before, which is ten times as fast to search for as the begin of a line."""
_CONDA = re.compile(r"^([A-Za-z0-9._-]+)\s*(.*)$")


def parse_requirements(text: str) -> tuple[tuple[Requirement, ...], tuple[Line, ...]]:
    """The entries of a requirements file, and the files that it includes (`-r`, `-c` left out)."""
    found: list[Requirement] = []
    includes: list[Line] = []
    for number, raw in enumerate(text.splitlines()[:_MOST], 1):
        line = re.sub(r"(^|\s)#.*$", "", raw).strip().rstrip("\\").strip()
        option, _, value = line.replace("=", " ", 1).partition(" ") if line.startswith("--") else line.partition(" ")
        if option in ("-r", "--requirement") and value:
            includes.append(Line(value.strip(), number))
        elif option in ("-e", "--editable") and value:
            found.extend(_from_url(value.strip(), number))
        elif line and not line.startswith("-"):
            found.extend(parse_entry(line, number))
    return tuple(found), tuple(includes)


def parse_entry(text: str, line: int, group: str = "") -> tuple[Requirement, ...]:
    """One requirement; none where it is no valid one and has no name in its URL."""
    text = re.split(r"(?<!\s)\s++--?[a-z]", text, maxsplit=1)[0].strip()
    entry = _by_grammar(text)
    if entry is None:
        return _from_url(text, line, group) if "/" in text or "\\" in text else _from_loose(text, line, group)
    name, pinned, specifier = entry
    return (Requirement(name, line, group, pinned, specifier),)


@lru_cache(maxsize=2_000)  # groups need the same packages, and branches repeat them
def _by_grammar(text: str) -> tuple[str, bool, str] | None:
    """The name of a requirement, whether its version is pinned, and how; None where it is no valid one."""
    try:
        entry = Grammar(text)
    except InvalidRequirement:
        return None
    specifier = str(entry.specifier)
    pinned = bool(re.match(r"===?[^*]+$", specifier)) or entry.url is not None
    return canonicalize_name(entry.name), pinned, specifier


def _from_loose(text: str, line: int, group: str) -> tuple[Requirement, ...]:
    """conda's `name=1.2=build`, and entries with a wrong version."""
    found = _CONDA.match(text)
    if not found:
        return ()
    specifier = found[2].strip()
    return (Requirement(canonicalize_name(found[1]), line, group, specifier.startswith("="), specifier[:100]),)


def _from_url(text: str, line: int, group: str = "") -> tuple[Requirement, ...]:
    found = _URL_NAME.search(text)
    if text in (".", "..") or not found:
        return ()
    return (Requirement(canonicalize_name(found[1] or found[2]), line, group, "@" in text, text[:100]),)


def parse_lock(text: str, name: str) -> tuple[Requirement, ...]:
    """The names in a lock file (uv, Poetry, PDM, Pipenv, conda-lock)."""
    pattern = _PIPFILE_LOCK_NAME if name == "pipfile.lock" else _LOCK_NAME
    found: dict[str, Requirement] = {}
    text, line, position = f"\n{text}", 0, 0
    for match in pattern.finditer(text):
        line += text.count("\n", position, match.start(1))
        position = match.start(1)
        key = canonicalize_name(match[1])
        found.setdefault(key, Requirement(key, line, "", True))
    return tuple(found.values())

"""General probes about files: what is there, what it says, what it lists."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from harvester.models.facts import Facts
from harvester.models.files import NO_EVIDENCE, File, Node, Role
from harvester.probes.arguments import Package, PathPattern, Regex
from harvester.probes.finding import Finding, Spot, found, unknown
from harvester.probes.matching import matches, once


def file_exists(facts: Facts, *, paths: tuple[PathPattern, ...], own: bool = False) -> Finding:
    """Some file's path (or name, for a pattern without `/`) matches one of the patterns; any case.

    Parameters
    ----------
    paths
        `*` stands for anything, over folders too; `docs/` for whatever is in that folder.
    own
        Whether files that the course's template ships unchanged are left out.
    """
    spots = [
        Spot(file.path, 1)
        for file in files_like(facts, paths)
        if file.role not in NO_EVIDENCE and not (own and file.template)
    ]
    return found(spots)


def files_like(facts: Facts, patterns: tuple[str, ...]) -> list[File]:
    """The files whose path (or name, for a pattern without `/`) matches one of the patterns, in their order."""
    by_name, by_ending = _names(facts)
    chosen: set[str] = set()
    for pattern in patterns:
        name = pattern.lower().rpartition("/")[2]
        ending = name.rpartition(".")[2]
        if not _WILD.search(name):
            nearly: Iterable[str] = by_name.get(name, ())
        elif "." in name and not _WILD.search(ending):
            nearly = by_ending.get(ending, ())
        else:
            begins = _WILD.split(name)[0]
            nearly = (path for one, paths in by_name.items() if one.startswith(begins) for path in paths)
        chosen.update(path for path in nearly if matches_path(path, (pattern,)))
    return [facts.files[path] for path in sorted(chosen)]


def is_there(facts: Facts, name: str) -> bool:
    """Whether some file's path is the name, or ends with it as with whole folders."""
    nearly = _names(facts)[0].get(name.rpartition("/")[2].lower(), ())
    return any(f"/{path}".endswith(f"/{name}") for path in nearly)


_WILD = re.compile(r"[*?\[]")


@once
def _names(facts: Facts) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """The paths by name, and by what stands after the name's last dot; all in small letters."""
    by_name: dict[str, list[str]] = {}
    by_ending: dict[str, list[str]] = {}
    for path in facts.files:
        name = path.rpartition("/")[2].lower()
        by_name.setdefault(name, []).append(path)
        by_ending.setdefault(name.rpartition(".")[2], []).append(path)
    return by_name, by_ending


@lru_cache(maxsize=20_000)
def matches_path(path: str, patterns: tuple[str, ...]) -> bool:
    """Whether a path, or its last part for a pattern without `/`, matches one of the patterns; any case."""
    of_paths, of_names = _spelled(patterns)
    low = path.lower()
    return matches(low, of_paths) or matches(low.rpartition("/")[2], of_names)


@lru_cache(maxsize=1_000)
def _spelled(patterns: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The patterns in small letters, and each that begins somewhere (`**/`) also where it begins at the root.

    Those of whole paths, and those of their last parts.
    """
    lowered = [pattern.lower() for pattern in patterns]
    spelled = dict.fromkeys(one for low in lowered for one in (low, low.replace("**/", "")))
    return tuple(one for one in spelled if "/" in one), tuple(one for one in spelled if "/" not in one)


def text_matches(facts: Facts, *, paths: tuple[PathPattern, ...], pattern: Regex, word: str = "") -> Finding:
    """Some file of these paths has a line that matches the pattern (a regular expression, any case).

    What a report claims proves nothing: its checklist, the questions that it quotes, and its answers.
    A file that could not be read might have one; of a whole kind (`*.json`), what is too large is data, which has none.

    Parameters
    ----------
    word
        What a line that matches holds (any case), for kinds of files of which there are many: only those that hold it
        are looked at line by line.
    """
    wanted = re.compile(pattern, re.IGNORECASE)
    chosen = [file for file in files_like(facts, paths) if file.role not in NO_EVIDENCE]
    facts.tree.load(file.path for file in chosen)
    spots = [
        Spot(file.path, number)
        for file in chosen
        if not word or word.lower() in (facts.tree.text(file.path) or word).lower()
        for number, line in enumerate(facts.tree.lines(file.path), 1)
        if wanted.search(line[:2000]) and not _is_claim(facts, file, number, line)
    ]
    by_name = tuple(path for path in paths if not path.startswith("*"))
    for file in chosen if not spots else ():
        if file.unread:
            return unknown(file.says_unread)
        if matches_path(file.path, by_name) and (unread := facts.tree.unread(file.path)):
            return unknown(f"{file.path} could not be read ({unread})")
    return found(spots)


def _is_claim(facts: Facts, file: File, number: int, line: str) -> bool:
    """Whether a line is of a report's checklist, of a question that it quotes, or of an answer."""
    quoted = file.role is Role.REPORT and line.lstrip().startswith(">")
    return quoted or any(number in lines for path, lines in _claims(facts) if path == file.path)


@once
def _claims(facts: Facts) -> tuple[tuple[str, range], ...]:
    """Where the report claims something: files, and lines of them."""
    report = facts.report
    if report is None:
        return ()
    ticks = [tick.line for tick in (*report.ticks, *report.extra_ticks) if tick.line]
    listed = [(report.checklist_path or report.path, range(min(ticks), max(ticks) + 1))] if ticks else []
    answers = ((one.path or report.path, one.line, one.end_line) for one in report.answers)
    return (*listed, *((path, range(first, last + 1)) for path, first, last in answers if first and last))


def config_has(facts: Facts, *, key: str, value: Regex = "", paths: tuple[PathPattern, ...] = ("*",)) -> Finding:
    """Some YAML, TOML or JSON file has a key whose dotted path ends with `key`, and a value that matches.

    Parameters
    ----------
    key
        The end of the dotted path, such as `tool.ruff` or `num_workers`; `*` stands for one or more parts.
    value
        A regular expression for a scalar value; empty for any value.
    paths
        Patterns of the files' paths.
    """
    wanted = re.compile(value, re.IGNORECASE)
    spots = [
        Spot(path, node.line)
        for path, node in settings_like(facts, key)
        if not value or any(map(wanted.search, node.texts()))
        if facts.role(path) not in NO_EVIDENCE and matches_path(path, paths)
    ]
    return found(spots)


def settings_like(facts: Facts, key: str) -> Iterator[tuple[str, Node]]:
    """What configs set by a dotted path that ends with a key, in which `*` stands for anything."""
    last = key.rpartition(".")[2]
    places = facts.settings.get(last, ()) if "*" not in last else (p for some in facts.settings.values() for p in some)
    return ((path, node) for path, dotted, node in places if matches(dotted, (key, f"*.{key}")))


def depends_on(facts: Facts, *, packages: tuple[Package, ...]) -> Finding:
    """A hand-kept dependency list names one of the packages. A freeze or a lock file is no trace."""
    spots = [
        Spot(one.path, one.line) for one in facts.dependencies if one.kind == "hand" and matches(one.name, packages)
    ]
    return found(spots, "only a dependency that nothing uses")


def shown(facts: Facts, *, check: str, says: Regex = "") -> Finding:
    """The report shows a committed picture in its answer on this very subject, which does not deny it.

    Pictures that the course's template ships are none.

    Parameters
    ----------
    says
        What the answer, or the picture's name or text, has to say (a regular expression, any case).
    """
    wanted = re.compile(says, re.IGNORECASE)
    spots = [
        Spot(one.figure.path, None, f"shown in the answer to question {one.answer.number}")
        for one in facts.shown
        if check in one.checks and not one.denied and one.figure.path and one.figure.exists
        if not one.figure.template_own
        if wanted.search(f"{one.answer.text} {one.figure.path} {one.figure.alt}")
    ]
    return found(spots, "only a picture in the report")

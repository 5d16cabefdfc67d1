"""Loads a roster of any kind."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from harvester.errors import RosterError
from harvester.models.course import LearnExport
from harvester.models.group import Group, Roster
from harvester.roster.learn import add_links, read_gradebook
from harvester.roster.merging import merge
from harvester.roster.rows import read_table
from harvester.roster.tables import read_bytes, read_sheets
from harvester.roster.urls import DEFAULT_PROTOCOLS


def load_roster(
    source: Path | LearnExport, base: Path = Path(), allow_protocols: Sequence[str] = DEFAULT_PROTOCOLS
) -> Roster:
    """Every group exactly once, in the roster's order, and what is odd about them, by row. Asks no network.

    Parameters
    ----------
    source
        A CSV, XLSX or text file, or the DTU Learn pair (`Course.roster`).
    base
        The folder that relative paths start from.
    allow_protocols
        As in course.yaml: which addresses may be used.

    Raises
    ------
    RosterError
        There is no group to be had: a file is missing, too large or damaged, or has no column that is known.
    """
    if isinstance(source, LearnExport):
        return _load_learn(base / source.gradebook, base / source.assignment, allow_protocols)
    data = read_bytes(base / source)
    table = read_table(read_sheets(data, source.name), source.name)
    groups, problems, unassigned = merge(table, allow_protocols)
    return Roster(_some(groups, source.name), tuple(problems), _sha256(data), tuple(unassigned))


def _load_learn(gradebook: Path, assignment: Path, allow_protocols: Sequence[str]) -> Roster:
    grades, pages = read_bytes(gradebook), read_bytes(assignment)
    table = read_gradebook(read_sheets(grades, gradebook.name)[0], gradebook.name)
    table, strangers = add_links(table, pages, assignment.name)
    groups, problems, unassigned = merge(table, allow_protocols)
    groups.sort(key=lambda group: (not group.id.isdecimal(), int(group.id) if group.id.isdecimal() else 0, group.id))
    return Roster(_some(groups, gradebook.name), (*problems, *strangers), _sha256(grades, pages), tuple(unassigned))


def _some(groups: Sequence[Group], name: str) -> tuple[Group, ...]:
    if not groups:
        raise RosterError(f"The roster {name} names no group.", "Add a row for each group.")
    return tuple(groups)


def _sha256(*files: bytes) -> str:
    digest = hashlib.sha256()
    for data in files:
        digest.update(len(data).to_bytes(8, "big") + data if len(files) > 1 else data)
    return digest.hexdigest()

"""Loads `course.yaml`."""

import os
from collections.abc import Iterable
from pathlib import Path

from harvester.config.families import Family, UnknownFamilyError, load_family
from harvester.config.messages import say, validate
from harvester.config.yaml_files import Key, read_yaml
from harvester.errors import ConfigError, nearest
from harvester.models.course import Course, LearnExport


def load_course(path: Path) -> Course:
    """The course of a file, its paths made absolute (they are relative to the file).

    Raises
    ------
    ConfigError
        The file is no valid course.yaml.
    """
    course = validate(Course, read_yaml(path), path)
    base = path.absolute().parent
    roster = course.roster
    course = course.model_copy(
        update={
            "roster": (
                LearnExport(gradebook=_under(base, roster.gradebook), assignment=_under(base, roster.assignment))
                if isinstance(roster, LearnExport)
                else _under(base, roster)
            ),
            "output": _under(base, course.output),
            "mirrors": _under(base, course.mirrors),
            "templates": course.templates and _under(base, course.templates),
            "checks": course.checks and _under(base, course.checks),
            "aliases": course.aliases and _under(base, course.aliases),
            "likeness": course.likeness.model_copy(
                update={"earlier": tuple(_under(base, folder) for folder in course.likeness.earlier)}
            ),
        }
    )
    _check_folders(course, path, base)
    return course


def load_course_family(course: Course, path: Path) -> Family:
    """The templates and checks of a course.

    Raises
    ------
    ConfigError
        They are wrong, or `path` (the course.yaml) names a template, check or question that they don't have.
    """
    try:
        family = load_family(course.template, course.templates, course.checks)
    except UnknownFamilyError as error:
        raise ConfigError(say(path, ["template"], str(error))) from error
    checks = {check.id for check in family.checks}
    questions = {question.id for template in family.templates for question in template.questions}
    _check_ids(path, ["demote"], course.demote, checks, "check")
    _check_ids(path, ["points", "items"], course.points.items, checks, "check")
    _check_ids(path, ["points", "questions"], course.points.questions, questions, "question")
    return family


def count_questions(course: Course, family: Family) -> Course:
    """The course, whose questions on who a group is give no points unless it says so."""
    asked = (question for template in family.templates for question in template.questions)
    questions = {question.id: 0.0 for question in asked if question.kind != "prose"} | course.points.questions
    return course.model_copy(update={"points": course.points.model_copy(update={"questions": questions})})


def load_aliases(course: Course) -> dict[str, tuple[str, ...]]:
    """Member's id -> names, mails and logins that commits have for this person; empty without an `aliases` file.

    Raises
    ------
    ConfigError
        The file is not a mapping of ids to names.
    """
    if course.aliases is None:
        return {}
    aliases: dict[str, tuple[str, ...]] = {}
    for member, names in read_yaml(course.aliases).items():
        names = [names] if isinstance(names, str) else names
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise ConfigError(say(course.aliases, [member], "has to be a list of names, mails and logins"))
        aliases[str(member)] = tuple(names)
    return aliases


def _under(base: Path, path: Path) -> Path:
    try:
        found = base / path.expanduser()
    except RuntimeError as error:
        raise ConfigError(f"No home folder is known for {path.parts[0]} ({path}).", "Write the whole path.") from error
    try:
        str(found).encode()
        os.fsencode(found)
    except UnicodeEncodeError as error:
        raise ConfigError(f"The path {str(found)!r} is not UTF-8.", "Use a folder whose name is.") from error
    return found


def _check_folders(course: Course, path: Path, base: Path) -> None:
    """Folders that are written to, and may be removed again, must hold nothing else."""
    output, mirrors = _resolve(course.output, path, "output"), _resolve(course.mirrors, path, "mirrors")
    for key, folder in (("output", output), ("mirrors", mirrors)):
        if base.resolve().is_relative_to(folder):
            raise ConfigError(say(path, [key], "has to be a folder of its own, such as `out`"))
    if output == mirrors or output.is_relative_to(mirrors):
        raise ConfigError(say(path, ["output"], "has to lie outside of `mirrors`"))


def _resolve(folder: Path, path: Path, key: Key) -> Path:
    try:
        return folder.resolve()
    except (OSError, RuntimeError) as error:  # before Python 3.13
        raise ConfigError(say(path, [key], f"names {folder}, a link that leads back to itself")) from error


def _check_ids(path: Path, keys: list[Key], names: Iterable[str], known: set[str], what: str) -> None:
    for name in names:
        if name not in known:
            raise ConfigError(say(path, [*keys, name], f"names no {what} of this course{nearest(name, known)}"))

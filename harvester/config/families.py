"""Loads a family of report templates and its checks: the built-in ones and a course's own."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field

from harvester.config.messages import say, validate
from harvester.config.yaml_files import Key, read_yaml
from harvester.errors import ConfigError, nearest
from harvester.models.check import CheckSpec
from harvester.models.template import Template


class FamilyFile(BaseModel):
    """`configs/<family>.yaml`: which files make a family. Names may hold `*`; they are relative to the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str = Field(description="The course that the family is made for.")
    templates: tuple[str, ...] = Field(min_length=1, description="Template files, one per generation.")
    checks: tuple[str, ...] = Field(min_length=1, description="Files of checks.")


class ChecksFile(BaseModel):
    """`configs/checks/*.yaml`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    checks: tuple[CheckSpec, ...] = Field(description="The checks of one topic.")


@dataclass(frozen=True)
class Family:
    """The template generations of a course over the years, oldest first, and the checks that they are tied to."""

    name: str
    title: str
    templates: tuple[Template, ...]
    checks: tuple[CheckSpec, ...]


class UnknownFamilyError(ConfigError):
    """No built-in family and no template of the course's own has the name."""


R = TypeVar("R", Template, CheckSpec)


def builtin_configs() -> Path:
    """The folder of the built-in configurations: in an installed package, else in the repository."""
    package = Path(__file__).parents[1]
    installed = package / "_configs"
    return installed if installed.is_dir() else package.parent / "configs"


def load_family(name: str, templates: Path | None = None, checks: Path | None = None) -> Family:
    """A family's templates and checks.

    Parameters
    ----------
    templates, checks
        A course's own folders. What they hold goes before what is built in under the same id. A course whose family is
        not built in may tie its lines to any built-in check.

    Raises
    ------
    UnknownFamilyError
        No template has the family's name.
    ConfigError
        A file is wrong, an id stands twice, or a template's line is tied to a check that is not there.
    """
    file = _family_file(name)
    shapes = _templates(name, file, templates)
    builtin = _checks(name, file)
    rules = _replace(builtin, _read_checks(_yaml_files(checks))) if checks else builtin
    _check_ties(shapes, {check.id for check in rules.values()})
    found = tuple(shapes.values())
    used = {item.check for template in found for _, item in template.items}
    if checks is not None:
        _check_uses(rules, checks, used | {check.id for check in builtin.values()})
        _check_pictures(rules, checks)
    if file is None:
        rules = {key: check for key, check in rules.items() if check.id in used}
    return Family(name, file.title if file else name, found, tuple(rules.values()))


def load_templates(family: str) -> tuple[Template, ...]:
    """The built-in generations of a family, oldest first."""
    return tuple(_templates(family, _family_file(family), None).values())


def load_checks(family: str) -> tuple[CheckSpec, ...]:
    """The built-in checks of a family, in the order of its files; all of them, where the family is not built in."""
    return tuple(_checks(family, _family_file(family)).values())


Source = tuple[Path, int]
"""A file, and which record of it."""


def _templates(family: str, file: FamilyFile | None, folder: Path | None) -> dict[Source, Template]:
    found = _read_templates(_listed(family, file.templates)) if file else {}
    own = _read_templates(_yaml_files(folder)) if folder else {}
    if own:
        found = _replace(found, {source: template for source, template in own.items() if template.family == family})
    if not found:
        known = _families() | {template.family for template in own.values()}
        raise UnknownFamilyError(f"{family!r} is no family of report templates{nearest(family, known)}.")
    return dict(sorted(found.items(), key=lambda entry: (entry[1].year, entry[1].id)))


def _checks(family: str, file: FamilyFile | None) -> dict[Source, CheckSpec]:
    return _read_checks(_listed(family, file.checks) if file else _yaml_files(builtin_configs() / "checks"))


def _read_templates(paths: Iterable[Path]) -> dict[Source, Template]:
    found = {(path, 0): validate(Template, read_yaml(path), path) for path in paths}
    for (path, _), template in found.items():
        _check_once(template, path)
    return _unique(found, ())


def _read_checks(paths: Iterable[Path]) -> dict[Source, CheckSpec]:
    found = {}
    for path in paths:
        for i, check in enumerate(validate(ChecksFile, read_yaml(path, "checks"), path).checks):
            found[path, i] = check.model_copy(update={"family": check.family or path.stem, "source": path.name})
    return _unique(found, ("checks",))


def _unique(found: dict[Source, R], prefix: tuple[Key, ...]) -> dict[Source, R]:
    seen: dict[str, Path] = {}
    for (path, i), record in found.items():
        if record.id in seen:
            keys = [*prefix, i, "id"] if prefix else ["id"]
            raise ConfigError(say(path, keys, f"`{record.id}` is taken: {seen[record.id].name} has it too"))
        seen[record.id] = path
    return found


def _replace(found: dict[Source, R], own: dict[Source, R]) -> dict[Source, R]:
    ids = {record.id for record in own.values()}
    return {source: record for source, record in found.items() if record.id not in ids} | own


def _check_once(template: Template, path: Path) -> None:
    """Two lines or questions that are one and the same could not be told apart, in a report or among the marks."""
    seen: set[tuple[Key, object]] = set()
    for keys, value, text in _identities(template):
        if (keys[-1], value) in seen:
            raise ConfigError(say(path, keys, text))
        seen.add((keys[-1], value))


def _identities(template: Template) -> Iterator[tuple[list[Key], object, str]]:
    """What may stand once in a template: the key, the value, and what to say where it stands again."""
    marks = "stands twice, and marks are kept by it"
    for i, section in enumerate(template.sections):
        for j, item in enumerate(section.items):
            place: list[Key] = ["sections", i, "items", j]
            words = " ".join(re.findall(r"[^\W_]+", item.text.casefold()))
            yield [*place, "check"], item.check, f"`{item.check}` {marks}"
            yield [*place, "text"], words, "says the same as another line: which of the two is ticked cannot be told"
    for i, question in enumerate(template.questions):
        yield ["questions", i, "id"], question.id, f"`{question.id}` {marks}"
        yield ["questions", i, "number"], question.number, f"{question.number} stands twice"


def _check_ties(templates: dict[Source, Template], checks: set[str]) -> None:
    for (path, _), template in templates.items():
        for i, section in enumerate(template.sections):
            for j, item in enumerate(section.items):
                if item.check not in checks:
                    text = f"{item.check!r} names no check{nearest(item.check, checks)}"
                    raise ConfigError(say(path, ["sections", i, "items", j, "check"], text))
        for i, question in enumerate(template.questions):
            for check in set(question.screenshots) - checks:
                text = f"{check!r} names no check{nearest(check, checks)}"
                raise ConfigError(say(path, ["questions", i, "screenshots"], text))


def _check_uses(rules: dict[Source, CheckSpec], folder: Path, known: set[str]) -> None:
    """A course's own check goes before a built-in one, or belongs to a line of the course's own templates."""
    for (path, i), check in rules.items():
        if path.parent == folder and check.id not in known:
            text = f"{check.id!r} belongs to no item{nearest(check.id, known)}"
            raise ConfigError(say(path, ["checks", i, "id"], text))


def _check_pictures(rules: dict[Source, CheckSpec], folder: Path) -> None:
    """What a course's own check asks of a report's pictures is about some check."""
    known = {check.id for check in rules.values()}
    for (path, i), check in rules.items():
        asked = [(key, name) for key in ("found", "partial", "hints") for name in _pictured(getattr(check, key))]
        for key, name in asked if path.parent == folder else ():
            if name not in known:
                text = f"asks for pictures of {name!r}, which is no check{nearest(name, known)}"
                raise ConfigError(say(path, ["checks", i, key], text))


def _pictured(rule: object) -> Iterator[str]:
    """The checks whose pictures a rule asks for."""
    if isinstance(rule, dict):
        for key, value in rule.items():
            if key in ("shown", "shown_as") and isinstance(value, dict) and "check" in value:
                yield str(value["check"])
            yield from _pictured(value)
    elif isinstance(rule, list):
        for value in rule:
            yield from _pictured(value)


def _family_file(family: str) -> FamilyFile | None:
    path = builtin_configs() / f"{family}.yaml"
    return validate(FamilyFile, read_yaml(path), path) if family in _families() else None


def _families() -> set[str]:
    """Every file beside the folders `templates` and `checks` is a family, but for courses (they name a roster)."""
    files = builtin_configs().glob("*.yaml")
    return {path.stem for path in files if not re.search("^roster:", path.read_text("utf-8"), re.MULTILINE)}


def _listed(family: str, patterns: Iterable[str]) -> list[Path]:
    base = builtin_configs()
    paths = []
    for pattern in patterns:
        hits = sorted(base.glob(pattern))
        if not hits:
            raise ConfigError(f"{base / f'{family}.yaml'}: there is no file {pattern!r}.")
        paths.extend(hits)
    return list(dict.fromkeys(paths))


def _yaml_files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise ConfigError(f"{folder} is no folder.", "Check `templates` and `checks` in course.yaml.")
    return sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")])

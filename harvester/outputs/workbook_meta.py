"""The hidden sheet of a workbook: what was written into the graders' cells, and what stood beside them.

Row 1 says what the workbook is; every other row is one group's part, as JSON of its keys. With it a mark finds its way
home from a workbook whose rows, columns or sheets were moved, from a copy, and without `marks.json`.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from harvester.models.marks import FIELDS, Context, Mark, Value

SHEET = "_harvester"
SCHEMA = 1
_CHUNK = 24_000
_CONTEXT = ("sha", "claim", "evidence", "verdict", "answer", "words", "begins", "roots", "steps", "most")


@dataclass(frozen=True)
class Baseline:
    """One row as it was written: the grader's cells, the flag beside them, and the context."""

    values: Mapping[str, Value] = field(default_factory=dict)
    flag: str = ""
    context: Context = field(default_factory=Context)


@dataclass(frozen=True)
class Identity:
    """What a workbook is: `group` or `class`, of which write, and of which generation of the marks."""

    kind: str
    write: str
    serial: int
    group: str = ""


def class_id(key: str, group: str) -> str:
    """A row's id in the class workbook, where a key alone says nothing."""
    return f"{key}@{group}"


def baseline_of(mark: Mark | None, flag: str, context: Context) -> Baseline:
    """The baseline of a row that is being written."""
    values = {} if mark is None else {one: value for one in FIELDS if (value := getattr(mark, one)) is not None}
    return Baseline(values=values, flag=flag, context=context)


def identity_row(identity: Identity) -> tuple[str, str]:
    """The first row."""
    data = {"schema": SCHEMA, "kind": identity.kind, "write": identity.write, "serial": identity.serial}
    return "harvester", json.dumps(data | ({"group": identity.group} if identity.kind == "group" else {}))


def group_rows(group: str, rows: Mapping[str, Baseline]) -> Iterator[tuple[str, str]]:
    """A group's rows, each small enough for a cell."""
    part: dict[str, object] = {}
    size = 0
    for key, base in rows.items():
        data = _pack(base)
        length = len(json.dumps(data)) + len(json.dumps(key))
        if part and size + length > _CHUNK:
            yield group, json.dumps(part)
            part, size = {}, 0
        part[key] = data
        size += length
    if part:
        yield group, json.dumps(part)


def parse_identity(cells: Iterable[object]) -> Identity:
    """Read the first row.

    Raises
    ------
    ValueError
        It is not ours.
    """
    name, text = [*cells, None, None][:2]
    data = json.loads(str(text)) if name == "harvester" else None
    if not isinstance(data, dict) or data.get("schema") != SCHEMA or data.get("kind") not in ("group", "class"):
        raise ValueError("not a workbook of this harvester")
    return Identity(
        str(data["kind"]), str(data.get("write", "")), int(data.get("serial", 0)), str(data.get("group", ""))
    )


def parse_group_row(text: object) -> dict[str, Baseline]:
    """Read one row of a group's baselines.

    Raises
    ------
    ValueError
        It is damaged.
    """
    data = json.loads(str(text))
    if not isinstance(data, dict):
        raise ValueError("damaged baseline")
    return {str(key): _unpack(one) for key, one in data.items()}


def _pack(base: Baseline) -> list[object]:
    context: list[object] = [getattr(base.context, name) for name in _CONTEXT]
    while context and not context[-1]:
        context.pop()
    return [context, {name: shorten(value) for name, value in base.values.items()}, base.flag[:200]]


def _unpack(data: object) -> Baseline:
    if not isinstance(data, list) or len(data) != 3 or not isinstance(data[1], dict):
        raise ValueError("damaged baseline")
    context = Context.model_validate(dict(zip(_CONTEXT, data[0], strict=False)))
    values = {str(name): float(one) if isinstance(one, int | float) else str(one) for name, one in data[1].items()}
    return Baseline(values=values, flag=str(data[2]), context=context)


def shorten(value: Value) -> Value:
    """A value as baselines hold it: itself, or the head and digest of a long text."""
    if isinstance(value, str) and len(value) > 120:
        return f"{value[:40]}…{hashlib.sha256(value.encode('utf-8', 'replace')).hexdigest()[:24]}"
    return value

"""Turns validation errors into sentences that name the file, the line, the key path and the nearest known name."""

import types
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from harvester.config.yaml_files import Key, line_of
from harvester.errors import WRONG_KINDS, ConfigError, nearest

_MOST = 5
_ROSTER_TAGS = ("file", "learn")
"""What pydantic puts into a path where `roster` is one of two kinds."""

M = TypeVar("M", bound=BaseModel)


def validate(model: type[M], data: object, path: Path, prefix: Sequence[Key] = ()) -> M:
    """Make a record of what a file holds under `prefix`.

    Raises
    ------
    ConfigError
        With one sentence per wrong key, at most five.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False)
        details = [detail for detail in details if not _is_consequence(detail, details)]
        sentences = [_sentence(model, detail, path, tuple(prefix)) for detail in details[:_MOST]]
        if len(details) > _MOST:
            sentences.append(f"{path} has {len(details) - _MOST} more such errors.")
        raise ConfigError("\n".join(dict.fromkeys(sentences))) from error


def _is_consequence(detail: ErrorDetails, details: Sequence[ErrorDetails]) -> bool:
    """Whether a list is too short only because its wrong values were not counted."""
    inside = (one["loc"][: len(detail["loc"])] == detail["loc"] for one in details if one is not detail)
    return detail["type"] == "too_short" and any(inside)


def say(path: Path, keys: Sequence[Key], text: str) -> str:
    """A sentence about the value at a key path of a file."""
    line = line_of(path, keys) if keys else None
    place = f"{path}, line {line}" if line else str(path)
    return f"{place}: {f'`{key_path(keys)}` ' if keys else ''}{text.rstrip('.')}."


def key_path(keys: Sequence[Key]) -> str:
    """`("a", 0, "b")` -> `a[0].b`."""
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys).removeprefix(".")


def _sentence(model: type[BaseModel], detail: Any, path: Path, prefix: tuple[Key, ...]) -> str:
    annotation, keys = _follow(model, detail["loc"])
    kind, text = detail["type"], detail["msg"]
    if kind == "extra_forbidden":
        text = "is no known key" + nearest(str(keys[-1]), _fields(annotation))
        if detail["input"] is None:  # `{text: one, two}`
            text += "; put text that holds a comma in quotes"
    elif kind == "missing":
        text = "is missing"
    elif kind in ("value_error", "assertion_error"):
        text = ": " + text.partition(", ")[2]
    else:
        text = ": " + WRONG_KINDS.get(kind, text[:1].lower() + text[1:])
        if isinstance(detail["input"], str | int | float | None):
            text += f", not {str(detail['input'])[:60]!r}"
    return say(path, (*prefix, *keys), text).replace("` : ", "`: ")


def _follow(model: type[BaseModel], loc: Sequence[Key]) -> tuple[Any, list[Key]]:
    """The innermost model on the way that `loc` names, and `loc` without what is no key of the file."""
    current: Any = model
    innermost: Any = model
    keys: list[Key] = []
    for part in loc:
        if part in _ROSTER_TAGS and _inner(current, lambda kind: kind is Path):
            continue
        fields = _fields(current)
        if fields:
            innermost = current
            keys.append(part)
            current = fields[str(part)].annotation if str(part) in fields else None
        elif part != "[key]":
            keys.append(part)
            current = _value_type(current)
    return innermost, keys


def _fields(annotation: Any) -> dict[str, Any]:
    found = _inner(annotation, lambda kind: isinstance(kind, type) and issubclass(kind, BaseModel), containers=False)
    return dict(found.model_fields) if found else {}


def _inner(annotation: Any, fits: Callable[[Any], bool], *, containers: bool = True) -> Any:
    """The first type inside unions, annotations (and containers) that fits."""
    if get_origin(annotation) is None:
        return annotation if annotation is not None and fits(annotation) else None
    if not containers and get_origin(annotation) not in (Annotated, Union, types.UnionType):
        return None
    return next((hit for part in get_args(annotation) if (hit := _inner(part, fits, containers=containers))), None)


def _value_type(annotation: Any) -> Any:
    """What a list or a mapping holds."""
    args = [part for part in get_args(annotation) if part is not Ellipsis]
    if get_origin(annotation) in (Annotated, Union, types.UnionType):
        return next((hit for part in args if (hit := _value_type(part)) is not None), None)
    return args[-1] if args else None

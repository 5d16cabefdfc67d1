"""Frozen records that are made by the hundred thousand."""

from dataclasses import MISSING, Field, field, fields, make_dataclass
from typing import Any, TypeVar

C = TypeVar("C")


def quick(record: type[C]) -> type[C]:
    """Make objects of a frozen dataclass three times as fast: type checkers hold it frozen, Python no longer does.

    A frozen dataclass sets each field by `object.__setattr__`; here they are set as those of any other class.
    """
    made: Any = record
    plain: Any = make_dataclass(record.__name__, [(part.name, part.type, _again(part)) for part in fields(made)])
    made.__init__ = plain.__init__
    del made.__setattr__, made.__delattr__
    return record


def _again(part: Field[Any]) -> Any:
    """A field with the same default."""
    if part.default is not MISSING:
        return field(default=part.default)
    return field(default_factory=part.default_factory) if part.default_factory is not MISSING else field()

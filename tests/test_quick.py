"""Quick records: as any frozen dataclass but for what Python enforces."""

import pickle
from dataclasses import dataclass, field, replace

import pytest

from harvester.models.quick import quick


@quick
@dataclass(frozen=True, slots=True)
class Point:
    """A record with every sort of field."""

    x: int
    y: int = 2
    names: list[str] = field(default_factory=list, hash=False)


def test_a_quick_record_is_the_dataclass_that_it_was() -> None:
    point = Point(1)

    assert (point.x, point.y, point.names) == (1, 2, [])
    assert point == Point(x=1, y=2, names=[]) != Point(2)
    assert hash(point) == hash(Point(1))
    assert replace(point, y=3) == Point(1, 3)
    assert pickle.loads(pickle.dumps(point)) == point
    assert repr(point) == "Point(x=1, y=2, names=[])"
    assert Point(1).names is not point.names


def test_it_takes_what_it_took() -> None:
    with pytest.raises(TypeError):
        Point()  # type: ignore[call-arg]
    with pytest.raises(AttributeError):
        Point(1).z = 3  # type: ignore[attr-defined]

"""Facts of small invented repositories."""

from collections.abc import Mapping
from typing import Any

from harvester.facts import collect_facts
from harvester.models.facts import Facts
from harvester.models.people import People
from tests.support.repos import Content
from tests.support.snapshots import make_snapshot


def facts_of(files: Mapping[str, Content], **snapshot: Any) -> Facts:
    """The facts of a repository with these files; other arguments are `make_snapshot`'s."""
    return collect_facts(make_snapshot(files, **snapshot), None, People())

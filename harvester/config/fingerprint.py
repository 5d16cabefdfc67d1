"""One hash over all settings that a record depends on."""

import hashlib
import json
from collections.abc import Sequence

from pydantic import BaseModel

from harvester.models.check import CheckSpec
from harvester.models.course import Course
from harvester.models.template import Template

_INFLUENCES = {"template", "deadline", "demote", "staff", "blob_limit", "allow_protocols"}
"""The keys of course.yaml that change what a record says. The others change where and how fast it is made, or what is
made of it."""


def config_sha256(course: Course, templates: Sequence[Template], checks: Sequence[CheckSpec]) -> str:
    """The hash, in hex, of what decides on a record: some keys of the course, its aliases, all templates and checks."""
    digest = hashlib.sha256(_json(course, include=_INFLUENCES))
    if course.aliases and course.aliases.is_file():
        digest.update(course.aliases.read_bytes())
    for record in (*templates, *checks):
        digest.update(b"\0" + _json(record))
    return digest.hexdigest()


def _json(record: BaseModel, include: set[str] | None = None) -> bytes:
    data = record.model_dump(mode="json", include=include)
    return json.dumps(data, sort_keys=True, ensure_ascii=False).encode("utf-8", "surrogatepass")

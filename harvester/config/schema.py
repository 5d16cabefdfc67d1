"""JSON Schemas of the YAML files, for editors."""

from typing import Any, Literal

from pydantic import BaseModel

from harvester.config.families import ChecksFile, FamilyFile
from harvester.models.course import Course
from harvester.models.template import Template

Kind = Literal["course", "template", "checks", "family"]

_MODELS: dict[str, type[BaseModel]] = {
    "course": Course,
    "template": Template,
    "checks": ChecksFile,
    "family": FamilyFile,
}


def json_schema(kind: Kind) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a kind of file."""
    schema = _MODELS[kind].model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}

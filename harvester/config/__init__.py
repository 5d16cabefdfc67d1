"""course.yaml, report templates and checks: YAML files in, validated records out."""

from harvester.config.course import count_questions, load_aliases, load_course, load_course_family
from harvester.config.example import course_yaml_example
from harvester.config.families import Family, builtin_configs, load_checks, load_family, load_templates
from harvester.config.fingerprint import config_sha256
from harvester.config.schema import json_schema

__all__ = [
    "Family",
    "builtin_configs",
    "config_sha256",
    "count_questions",
    "course_yaml_example",
    "json_schema",
    "load_aliases",
    "load_checks",
    "load_course",
    "load_course_family",
    "load_family",
    "load_templates",
]

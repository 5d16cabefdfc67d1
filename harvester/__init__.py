"""Harvester: course projects in, grading sheets and hand-ins out, with evidence that a person can click."""

__version__ = "0.1.0"

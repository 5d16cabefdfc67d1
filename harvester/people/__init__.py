"""People: who is behind the names of a history, and what each did. Evidence for a person to read, never a score."""

from harvester.people.resolve import resolve_people

__all__ = ["resolve_people"]

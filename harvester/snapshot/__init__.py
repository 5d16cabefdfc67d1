"""Snapshots: one commit of a mirror, or a working copy, in memory. Git ends here."""

from harvester.snapshot.take import take_snapshot
from harvester.snapshot.working import take_working_copy

__all__ = ["take_snapshot", "take_working_copy"]

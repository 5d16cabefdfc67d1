"""Snapshots: one commit of a mirror, or a working copy, in memory. Git ends here."""

from harvester.snapshot.cat import reader_kept
from harvester.snapshot.kept import KeptSnapshot
from harvester.snapshot.pictures import find_missing_pictures
from harvester.snapshot.take import take_snapshot
from harvester.snapshot.working import take_working_copy

__all__ = ["KeptSnapshot", "find_missing_pictures", "reader_kept", "take_snapshot", "take_working_copy"]

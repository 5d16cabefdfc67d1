"""Likeness: what two groups share beyond what the course gave out. Its results are leads, never verdicts."""

from harvester.likeness.collecting import collect_prints
from harvester.likeness.comparing import Compared, find_likeness

__all__ = ["Compared", "collect_prints", "find_likeness"]

"""Rosters: CSV, XLSX, plain lists and the DTU Learn pair -> groups."""

from harvester.roster.loading import load_roster
from harvester.roster.selection import find_group, select_groups
from harvester.roster.urls import canonical_url, same_repository

__all__ = ["canonical_url", "find_group", "load_roster", "same_repository", "select_groups"]

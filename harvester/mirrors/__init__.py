"""Mirrors: what the groups' repositories hold, brought to this machine. The network ends here."""

from harvester.mirrors.blobs import fetch_figures
from harvester.mirrors.remote import SyncOptions
from harvester.mirrors.state import load_state
from harvester.mirrors.sync import sync_mirror
from harvester.mirrors.token import find_token

__all__ = ["SyncOptions", "fetch_figures", "find_token", "load_state", "sync_mirror"]

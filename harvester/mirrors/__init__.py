"""Mirrors: what the groups' repositories hold, brought to this machine. The network ends here."""

from harvester.mirrors.blobs import fetch_figures
from harvester.mirrors.homes import is_of, is_settled, settle_mirrors
from harvester.mirrors.remote import SyncOptions
from harvester.mirrors.state import load_state
from harvester.mirrors.sync import sync_mirror
from harvester.mirrors.token import find_token

__all__ = [
    "SyncOptions",
    "fetch_figures",
    "find_token",
    "is_of",
    "is_settled",
    "load_state",
    "settle_mirrors",
    "sync_mirror",
]

"""What facts are made with: facts of another version are made again."""

import sys
from functools import cache
from pathlib import Path

from harvester.versions import PARSERS, code_digest

_FOLDERS = ("facts", "models")
_CODE = frozenset((".py", ".json"))


@cache
def parser_version() -> str:
    """A fingerprint of the code that reads files, of its data, of the libraries it reads with, and of Python's grammar.

    What asks facts and decides is not in it: facts stay when a probe or a check changes.
    """
    package = Path(__file__).parent.parent
    files = (path for name in _FOLDERS for path in (package / name).rglob("*") if path.suffix in _CODE)
    return code_digest(files, PARSERS, f"{sys.version_info.major}.{sys.version_info.minor}")

"""What reads students' files, and fingerprints: what another version has read is read again. A leaf module."""

import hashlib
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

PARSERS = ("tree-sitter", "tree-sitter-python", "ruamel.yaml", "PyYAML", "packaging", "detect-secrets")
"""The libraries that facts of single files come from."""
READERS = (*PARSERS, "ruff", "markdown-it-py")
"""All libraries that what a record says may depend on."""


def digest(*parts: str) -> str:
    """A fingerprint of texts, in their order."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def read_digest(path: Path) -> str:
    """A fingerprint that was kept in a file; empty where none can be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""


def code_digest(files: Iterable[Path], libraries: Iterable[str], *more: str) -> str:
    """A fingerprint of files of Harvester's own, wherever they are installed, and of libraries' versions."""
    return digest(*more, *map(version, libraries), *(path.read_text(encoding="utf-8") for path in sorted(files)))

"""YAML files of the course and of Harvester, read with bounds. The only place of `config` that knows the syntax."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harvester.config.yaml_fast import DoubtError, load_fast
from harvester.errors import ConfigError

MAX_BYTES = 2_000_000
MAX_VALUES = 200_000
MAX_DEPTH = 60

Key = str | int


def read_yaml(path: Path, top: str = "") -> dict[str, Any]:
    """The mapping that a YAML 1.2 file holds; `top` is the key that belongs above what may be written as a bare list.

    Raises
    ------
    ConfigError
        The file is not there, not UTF-8, larger than 2 MB, not YAML, no mapping, has a key twice, or its aliases
        unfold to more than 200,000 values.
    """
    text = _text(path)
    try:
        data = load_fast(text)
    except DoubtError:
        from harvester.config.yaml_strict import load_strict  # ruamel takes long to load, too

        data = load_strict(path, text)
    if not isinstance(data, dict):
        hint = f"Write `{top}:` above the list." if top and isinstance(data, list) else ""
        raise ConfigError(f"{path} has to hold `key: value` lines.", hint)
    _check_size(path, data)
    return data


def line_of(path: Path, keys: Sequence[Key]) -> int | None:
    """The 1-based line of a value, or of the nearest thing around it that is there; None where nothing is.

    Reads the file again: made for messages about a file that `read_yaml` could read.
    """
    from harvester.config.yaml_strict import find_line

    try:
        return find_line(_text(path), keys)
    except ConfigError:
        return None


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise ConfigError(f"{path} is not there.") from error
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from error
    if len(data) > MAX_BYTES:
        raise ConfigError(f"{path} is larger than {MAX_BYTES:,} bytes.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8 text (byte {error.start:,}).", "Save it as UTF-8.") from error


def _check_size(path: Path, data: object) -> None:
    """Aliases make a small file a huge tree, or an endless one; count what it unfolds to, up to the bound."""
    left, pending = MAX_VALUES, [(data, 0)]
    while pending:
        value, depth = pending.pop()
        left -= 1
        if left < 0 or depth > MAX_DEPTH:
            raise ConfigError(f"{path} unfolds to more than {MAX_VALUES:,} values or {MAX_DEPTH} levels.")
        if isinstance(value, dict):
            pending.extend((part, depth + 1) for part in value.values())
        elif isinstance(value, list):
            pending.extend((part, depth + 1) for part in value)

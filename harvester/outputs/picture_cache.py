"""Scaled pictures kept between runs, by the content they were made of: a page is written again without decoding any."""

import hashlib
import json
import os
import re
from contextlib import suppress
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Self

from harvester.outputs.figures import HEAVIEST, Picture, decode_figure, take_bare

FOLDER = "pictures"
_LARGEST = 4_000_000
_URI = re.compile(r"(?:data:image/jpeg;base64,[A-Za-z0-9+/=]+)?")


class PictureCache:
    """The scaled pictures of one group. What is damaged, or cannot be kept, is made again.

    Used in a `with`, it drops at the end what no page asked for.

    Parameters
    ----------
    folder
        The group's folder under `mirrors`; without it, or where it is not there, nothing is remembered.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder / FOLDER if folder and folder.is_dir() else None
        self._used: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None and self._folder and self._folder.is_dir():
            with suppress(OSError):
                for path in self._folder.iterdir():
                    if path.name not in self._used:
                        path.unlink(missing_ok=True)

    def scale(self, data: bytes, heaviest: int = HEAVIEST) -> Picture:
        """As `scale_figure`; only what has to be decoded is kept."""
        bare = take_bare(data, heaviest)
        if bare is not None or self._folder is None:
            return bare or decode_figure(data)
        name = f"{hashlib.sha256(_version() + data).hexdigest()[:32]}.json"
        self._used.add(name)
        known = _load(self._folder / name)
        if known is None:
            known = decode_figure(data)
            _save(self._folder / name, known)
        return known


@cache
def _version() -> bytes:
    """What a scaled picture depends on beside its own bytes."""
    from PIL import __version__

    return f"{__version__}\0".encode() + Path(decode_figure.__code__.co_filename).read_bytes()


def _load(path: Path) -> Picture | None:
    try:
        with path.open("rb") as file:
            picture = Picture(**json.loads(file.read(_LARGEST)))
    except (OSError, ValueError, TypeError):
        return None
    whole = isinstance(picture.uri, str) and _URI.fullmatch(picture.uri) and bool(picture.uri) != bool(picture.reason)
    return picture if whole else None


def _save(path: Path, picture: Picture) -> None:
    part = path.with_suffix(".part")
    with suppress(OSError):
        path.parent.mkdir(mode=0o700, exist_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(asdict(picture), file)
        part.replace(path)

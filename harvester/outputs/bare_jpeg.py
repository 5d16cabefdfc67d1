"""A JPEG without anything besides its picture: the segments that draw it, and no other."""

import re
import struct

_START, _END = 0xD8, 0xD9
_FRAMES = (0xC0, 0xC1, 0xC2)
"""Baseline, extended and progressive; the browsers know no others."""
_TABLES = (0xC4, 0xDB, 0xDD)
_SCAN = 0xDA
_ADOBE = 0xEE
_LEFT_BEHIND = (*range(0xE0, 0xF0), 0xFE)
"""Applications' segments and comments."""
_AFTER_SCAN = re.compile(rb"\xff+[^\x00\xd0-\xd7\xff]")
"""The first marker that is no part of a scan."""


def bare_jpeg(data: bytes) -> tuple[bytes, tuple[int, int]] | None:
    """The picture alone, and its size in pixels; None where the file is no JPEG of grey or colour, or not whole.

    Nothing is decoded, so it takes next to no time. Left behind are EXIF data, places, thumbnails, profiles, comments
    and whatever follows the picture.
    """
    if data[:2] != bytes((0xFF, _START)):
        return None
    parts, at, size, drawn = [data[:2]], 2, None, False
    while (segment := _read_segment(data, at)) is not None:
        marker, body, at = segment
        if marker == _END:
            return (b"".join([*parts, b"\xff\xd9"]), size) if size and drawn else None
        if marker in _FRAMES and size is None:
            size = _read_frame(body)
        elif marker == _SCAN and size:
            found = _AFTER_SCAN.search(data, at)
            if found is None or found.start() == at:
                return None
            body, at, drawn = body + data[at : found.start()], found.start(), True
        elif marker in _LEFT_BEHIND and not (marker == _ADOBE and len(body) == 14 and body[2:7] == b"Adobe"):
            continue
        elif marker not in (*_TABLES, _ADOBE):
            return None
        parts.append(bytes((0xFF, marker)) + body)
    return None


def _read_segment(data: bytes, at: int) -> tuple[int, bytes, int] | None:
    """Marker, length and content of the segment at a place, and where the next one is."""
    while data[at : at + 2] == b"\xff\xff":
        at += 1
    if len(data) < at + 2 or data[at] != 0xFF:
        return None
    marker, at = data[at + 1], at + 2
    if marker == _END:
        return marker, b"", at
    length = int.from_bytes(data[at : at + 2], "big")
    if length < 2 or at + length > len(data):
        return None
    return marker, data[at : at + length], at + length


def _read_frame(body: bytes) -> tuple[int, int] | None:
    if len(body) < 8:
        return None
    depth, height, width, components = struct.unpack_from(">BHHB", body, 2)
    known = depth == 8 and components in (1, 3) and len(body) == 8 + 3 * components
    return (width, height) if known and width and height else None

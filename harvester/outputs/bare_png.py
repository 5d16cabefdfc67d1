"""A PNG without anything besides its picture: the chunks that draw it, each whole, and no other."""

import struct
import zlib

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
"""Type of colour -> bits per sample."""
_ORDER = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
_PALETTE = 3


def bare_png(data: bytes) -> tuple[bytes, tuple[int, int]] | None:
    """The picture alone, and its size in pixels; None where the file is no PNG, or not whole.

    Nothing is decoded, so it takes next to no time. Left behind are texts, EXIF data, places, profiles, animations and
    whatever follows the picture.
    """
    if not data.startswith(_SIGNATURE):
        return None
    chunks = _drawn_chunks(data)
    names = [name for name, _ in chunks]
    if names[-1:] != [b"IEND"] or names != sorted(names, key=_ORDER.index) or b"IDAT" not in names:
        return None
    size = _read_header(chunks[0], names)
    first = next(chunk for name, chunk in chunks if name == b"IDAT")
    if size is None or not _inflates(first[8:-4]):
        return None
    return _SIGNATURE + b"".join(chunk for _, chunk in chunks), size


def _drawn_chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    """Name and bytes of each chunk that draws, up to the first damage or critical chunk that is not known."""
    chunks = []
    at = len(_SIGNATURE)
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        name, end = data[at + 4 : at + 8], at + 12 + length
        if end > len(data) or (name not in _ORDER and name[:1].isupper()):
            break
        if name in _ORDER:
            if zlib.crc32(data[at + 4 : end - 4]) != struct.unpack_from(">I", data, end - 4)[0]:
                break
            chunks.append((name, data[at:end]))
        if name == b"IEND":
            break
        at = end
    return chunks


def _read_header(header: tuple[bytes, bytes], names: list[bytes]) -> tuple[int, int] | None:
    name, chunk = header
    if name != b"IHDR" or len(chunk) != 25 or any(names.count(one) > 1 for one in (b"IHDR", b"PLTE", b"tRNS")):
        return None
    width, height, depth, colours, compression, filters, interlaced = struct.unpack_from(">IIBBBBB", chunk, 8)
    known = depth in _DEPTHS.get(colours, ()) and (compression, filters) == (0, 0) and interlaced in (0, 1)
    if not known or (colours == _PALETTE and b"PLTE" not in names):
        return None
    return (width, height) if width and height else None


def _inflates(data: bytes) -> bool:
    try:
        return bool(zlib.decompressobj().decompress(data, 1))
    except zlib.error:
        return False

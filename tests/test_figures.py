"""Students' pictures: decoded under bounds, written anew, never passed through."""

import base64
import io
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from harvester.outputs.figures import HEAVIEST, WIDEST, scale_figure


def picture(kind: str = "PNG", size: tuple[int, int] = (640, 400), mode: str = "RGB") -> bytes:
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert(mode).save(buffer, kind)
    return buffer.getvalue()


def shown(data: bytes) -> Image.Image:
    uri = scale_figure(data).uri
    assert uri.startswith("data:image/webp;base64,")
    return Image.open(io.BytesIO(base64.b64decode(uri.split(",")[1])))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_every_accepted_format_is_written_anew(kind: str) -> None:
    assert shown(picture(kind)).size == (640, 400)


def test_a_large_picture_is_scaled_down_in_proportion() -> None:
    assert shown(picture(size=(4000, 2000))).size == (WIDEST, WIDEST // 2)


def test_noise_stays_under_the_heaviest() -> None:
    buffer = io.BytesIO()
    Image.effect_noise((2400, 2400), 120).convert("RGB").save(buffer, "PNG")
    assert 0 < scale_figure(buffer.getvalue()).weight <= HEAVIEST


def test_see_through_pictures_stay_see_through() -> None:
    buffer = io.BytesIO()
    Image.new("RGBA", (20, 20), (0, 0, 0, 100)).save(buffer, "PNG")
    assert shown(buffer.getvalue()).mode == "RGBA"


@pytest.mark.parametrize("data", [b"<svg onload=alert(1)>", b"<?xml version='1.0'?><svg/>", b"<!-- x --><svg></svg>"])
def test_svg_is_never_drawn(data: bytes) -> None:
    found = scale_figure(data)
    assert (found.uri, "SVG" in found.reason) == ("", True)


@pytest.mark.parametrize("side", [7_000, 60_000])
def test_a_picture_bomb_is_refused_before_it_is_decoded(side: int) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    found = scale_figure(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(9_000))))
    assert not found.uri
    assert "too large" in found.reason


def test_what_a_file_carries_besides_its_picture_is_left_behind() -> None:
    data = picture("JPEG") + b"<script>alert(1)</script>"
    assert b"script" not in base64.b64decode(scale_figure(data).uri.split(",")[1])


@settings(max_examples=80, deadline=None)
@given(
    st.binary(max_size=200),
    st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"RIFF\x10\0\0\0WEBP"]),
)
def test_any_bytes_give_a_picture_or_a_reason(data: bytes, magic: bytes) -> None:
    found = scale_figure(magic + data)
    assert bool(found.uri) != bool(found.reason)

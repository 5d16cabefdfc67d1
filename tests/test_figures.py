"""Students' pictures: shown without anything that they carry besides, decoded under bounds."""

import base64
import io
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from harvester.outputs.figures import HEAVIEST, WIDEST, decode_figure, scale_figure, take_bare


def picture(kind: str = "PNG", size: tuple[int, int] = (640, 400), mode: str = "RGB") -> bytes:
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert(mode).save(buffer, kind)
    return buffer.getvalue()


def shown(data: bytes) -> Image.Image:
    kind, payload = scale_figure(data).uri.split(",")
    assert kind in ("data:image/png;base64", "data:image/jpeg;base64")
    image = Image.open(io.BytesIO(base64.b64decode(payload)))
    image.load()
    return image


def noise(width: int, height: int) -> bytes:
    buffer = io.BytesIO()
    Image.effect_noise((width, height), 120).convert("RGB").save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(*chunks: bytes, size: tuple[int, int] = (2, 2), header: bytes = b"\x08\0\0\0\0") -> bytes:
    """A PNG of given chunks between the first and the last."""
    first = chunk(b"IHDR", struct.pack(">II", *size) + header)
    return b"\x89PNG\r\n\x1a\n" + first + b"".join(chunks) + chunk(b"IEND", b"")


PIXELS = chunk(b"IDAT", zlib.compress(bytes(6)))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_every_accepted_format_is_shown(kind: str) -> None:
    assert shown(picture(kind)).size == (640, 400)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "I;16"])
def test_a_light_png_is_shown_pixel_by_pixel(mode: str) -> None:
    buffer = io.BytesIO()
    Image.linear_gradient("L").convert("I;16" if mode == "I;16" else mode).save(buffer, "PNG")
    with Image.open(io.BytesIO(buffer.getvalue())) as image:
        assert shown(buffer.getvalue()).tobytes() == image.tobytes()


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_large_picture_is_shown_small_in_proportion(kind: str) -> None:
    found = scale_figure(picture(kind, size=(4000, 2000)))
    assert (found.width, found.height) == (WIDEST, WIDEST // 2)


def test_a_picture_of_many_pixels_is_scaled_down() -> None:
    for width, shown_width in ((6200, 6200), (6400, WIDEST)):
        assert shown(picture(size=(width, width // 2))).size == (shown_width, shown_width // 2)


@pytest.mark.parametrize("size", [(2400, 2400), (900, 500)])
def test_noise_stays_under_the_heaviest(size: tuple[int, int]) -> None:
    data = noise(*size)
    assert len(data) > HEAVIEST
    assert 0 < scale_figure(data).weight <= HEAVIEST


@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP"])
def test_see_through_pictures_are_on_white(kind: str) -> None:
    buffer = io.BytesIO()
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(buffer, kind)
    image = shown(buffer.getvalue()).convert("RGBA")
    page = Image.new("RGBA", image.size, "white")
    page.alpha_composite(image)
    assert page.getpixel((10, 10)) == (255, 255, 255, 255)


def test_a_heavy_picture_with_shadows_is_on_white() -> None:
    image = Image.effect_noise((1500, 900), 120).convert("RGBA")
    image.paste((0, 0, 0, 0), (0, 0, 1500, 200))
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=1)
    assert shown(buffer.getvalue()).getpixel((300, 40)) == (255, 255, 255)


@pytest.mark.parametrize("data", [b"<svg onload=alert(1)>", b"<?xml version='1.0'?><svg/>", b"<!-- x --><svg></svg>"])
def test_svg_is_never_drawn(data: bytes) -> None:
    found = scale_figure(data)
    assert (found.uri, "SVG" in found.reason) == ("", True)


@pytest.mark.parametrize("side", [7_000, 60_000])
def test_a_picture_bomb_is_refused_before_it_is_decoded(side: int) -> None:
    found = scale_figure(png(chunk(b"IDAT", zlib.compress(bytes(9_000))), size=(side, side), header=b"\x08\x02\0\0\0"))
    assert not found.uri
    assert "too large" in found.reason


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_what_a_file_carries_besides_its_picture_is_left_behind(kind: str) -> None:
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (55.0, 47.0, 8.0)}
    exif[0x010F] = "SECRET"
    text = PngInfo()
    text.add_itxt("Comment", "SECRET")
    buffer = io.BytesIO()
    how = {"exif": exif, "icc_profile": b"SECRET" * 40, "comment": b"SECRET"} | (
        {"pnginfo": text} if kind == "PNG" else {}
    )
    Image.linear_gradient("L").convert("RGB").save(buffer, kind, **how)
    assert buffer.getvalue().count(b"SECRET")

    bare = base64.b64decode(scale_figure(buffer.getvalue() + b"SECRET").uri.split(",")[1])
    assert b"SECRET" not in bare
    with Image.open(io.BytesIO(bare)) as image:
        assert not {"exif", "icc_profile", "comment", "Comment"} & set(image.info)


def test_an_animation_is_its_first_picture() -> None:
    frames = [Image.new("RGB", (30, 20), colour) for colour in ("red", "blue")]
    for kind in ("PNG", "GIF"):
        buffer = io.BytesIO()
        frames[0].save(buffer, kind, save_all=True, append_images=frames[1:])
        image = shown(buffer.getvalue())
        red, _, blue = image.convert("RGB").getpixel((15, 10))  # type: ignore[misc]
        assert (getattr(image, "n_frames", 1), red > 200, blue < 50) == (1, True, True)


def test_a_whole_png_is_taken_bare() -> None:
    assert take_bare(png(PIXELS)) == scale_figure(png(PIXELS))


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_whole_jpeg_is_taken_bare(mode: str, *, progressive: bool) -> None:
    buffer = io.BytesIO()
    image = Image.effect_noise((301, 200), 90).convert(mode)
    image.save(buffer, "JPEG", progressive=progressive, quality=90, restart_marker_rows=2)
    found = take_bare(buffer.getvalue())
    assert found is not None
    assert found.weight < len(buffer.getvalue())
    with Image.open(io.BytesIO(buffer.getvalue())) as whole:
        assert shown(buffer.getvalue()).tobytes() == whole.tobytes()


def test_a_jpeg_for_print_is_decoded() -> None:
    """Browsers do not agree on its colours."""
    data = picture("JPEG", mode="CMYK")
    assert take_bare(data) is None
    assert shown(data).mode == "RGB"


@pytest.mark.parametrize("keep", [3, 20, 200, -1, -2])
def test_a_jpeg_that_is_not_whole_is_not_taken_bare(keep: int) -> None:
    data = picture("JPEG")
    assert take_bare(data[:keep]) is None
    assert take_bare(data.replace(b"\xff\xda", b"\xff\xd9")) is None


def test_a_heavy_picture_is_bare_where_there_is_room() -> None:
    data = noise(900, 500)
    assert len(data) > HEAVIEST
    assert scale_figure(data) == decode_figure(data)
    assert scale_figure(data, len(data)).weight == len(data)


@pytest.mark.parametrize(
    "data",
    [
        png(PIXELS)[:-1],
        png(PIXELS)[:-12],
        png(),
        png(chunk(b"IDAT", b"<script>")),
        png(PIXELS[:-1] + b"x"),
        png(PIXELS, PIXELS[:8]),
        png(PIXELS, chunk(b"EVIL", b"")),
        png(PIXELS, chunk(b"PLTE", bytes(3))),
        png(PIXELS, chunk(b"IHDR", bytes(13))),
        png(PIXELS, size=(0, 2)),
        png(PIXELS, size=(60_000, 60_000)),
        png(PIXELS, header=b"\x07\0\0\0\0"),
        png(PIXELS, header=b"\x08\x03\0\0\0"),
        png(PIXELS, header=b"\x08\0\x01\0\0"),
        b"\x89PNG\r\n\x1a\n" + PIXELS + chunk(b"IEND", b""),
        b"\x89PNG\r\n\x1a\n",
    ],
)
def test_a_png_that_is_not_whole_is_not_taken_bare(data: bytes) -> None:
    assert take_bare(data) is None
    found = scale_figure(data)
    assert bool(found.uri) != bool(found.reason)


@settings(max_examples=80, deadline=None)
@given(
    st.binary(max_size=200),
    st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", png(PIXELS)[:-16], b"\xff\xd8\xff", b"GIF89a", b"RIFF\x10\0\0\0WEBP"]),
)
def test_any_bytes_give_a_picture_or_a_reason(data: bytes, magic: bytes) -> None:
    found = scale_figure(magic + data)
    assert bool(found.uri) != bool(found.reason)

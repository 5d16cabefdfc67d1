"""A student's picture made fit for a page: bare where it is fit already, else decoded under bounds and written anew."""

import base64
import io
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harvester.outputs.bare_jpeg import bare_jpeg
from harvester.outputs.bare_png import bare_png

if TYPE_CHECKING:
    from PIL.Image import Image

LARGEST_FILE = 20_000_000
"""Bytes; a larger file is not opened."""
LARGEST_PICTURE = 40_000_000
"""Pixels; a larger picture is not decoded."""
LARGEST_BARE = 20_000_000
"""Pixels; a larger picture is not left to the browser to scale down."""
WIDEST = 1280
TALLEST = 2400
HEAVIEST = 450_000
"""Bytes of one picture that was decoded for a page."""
HEAVIEST_BARE = 2_000_000
"""Bytes of one picture that is shown as it was, where a page has room for it."""
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP")


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture for a page: a data URI and the size at which it is shown; or `reason`, why it is not shown."""

    uri: str = ""
    width: int = 0
    height: int = 0
    weight: int = 0
    """Bytes of the picture, before base64."""
    reason: str = ""


def scale_figure(data: bytes, heaviest: int = HEAVIEST) -> Picture:
    """A PNG, JPEG, GIF (first frame) or WebP as a PNG or JPEG of a bounded size and weight, without any metadata.

    SVG is never drawn nor embedded. Whatever Pillow makes of the file, the answer is a `Picture`.

    Parameters
    ----------
    heaviest
        Bytes of the largest file that is taken bare; what is decoded weighs no more than `HEAVIEST`.
    """
    return take_bare(data, heaviest) or decode_figure(data)


def take_bare(data: bytes, heaviest: int = HEAVIEST) -> Picture | None:
    """A whole PNG or JPEG that is light enough, without what it carries besides its picture; None for any other file.

    The browser scales it down, so that text in screenshots stays as sharp as it was.
    """
    if len(data) > heaviest:
        return None
    kind, bare = ("png", bare_png(data)) if data.startswith(b"\x89PNG") else ("jpeg", bare_jpeg(data))
    if bare is None or bare[1][0] * bare[1][1] > LARGEST_BARE:
        return None
    return _picture(kind, bare[0], _fit(bare[1]))


def decode_figure(data: bytes) -> Picture:
    """Any picture decoded, scaled down and written as a JPEG, on white where it was see-through."""
    from PIL import Image

    if len(data) > LARGEST_FILE:
        return Picture(reason=f"the file is too large to show ({len(data) / 1e6:.0f} MB)")
    if _is_svg(data):
        return Picture(reason="an SVG drawing, which is not shown on the page")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(data), formats=_FORMATS)
            if image.width * image.height > LARGEST_PICTURE:
                return Picture(reason=f"the picture is too large to show ({image.width:,} x {image.height:,} pixels)")
            size = _fit(image.size)
            image.draft("RGB", size)
            shown = _flatten(image, size)
            encoded = _encode(shown)
    except Image.DecompressionBombError:
        return Picture(reason="the picture is too large to show")
    except Exception as error:  # noqa: BLE001 - Pillow's decoders raise whatever they like on a broken file
        return Picture(reason=f"the file cannot be read as a picture ({type(error).__name__})")
    if encoded is None:
        return Picture(reason="the picture stays too heavy for the page")
    return _picture("jpeg", *encoded)


def _picture(kind: str, payload: bytes, size: tuple[int, int]) -> Picture:
    uri = f"data:image/{kind};base64," + base64.b64encode(payload).decode("ascii")
    return Picture(uri, *size, len(payload))


def _fit(size: tuple[int, int]) -> tuple[int, int]:
    """The size at which a picture is shown."""
    width, height = size
    share = min(1.0, WIDEST / width, TALLEST / height)
    return max(1, round(width * share)), max(1, round(height * share))


def _flatten(image: "Image", size: tuple[int, int]) -> "Image":
    """The picture in RGB at a size, on the white that pages have behind pictures."""
    from PIL import Image

    if image.has_transparency_data and image.mode != "RGBA":
        image = image.convert("RGBA")
    if image.mode == "RGBA" and image.getchannel("A").getextrema()[0] != 255:
        clear = _resize(image, size)
        white = Image.new("RGB", size, "white")
        white.paste(clear, mask=clear.getchannel("A"))
        return white
    return _resize(image if image.mode == "RGB" else image.convert("RGB"), size)


def _resize(image: "Image", size: tuple[int, int]) -> "Image":
    from PIL import Image

    return image if image.size == size else image.resize(size, Image.Resampling.BILINEAR, reducing_gap=1.0)


def _encode(image: "Image") -> tuple[bytes, tuple[int, int]] | None:
    for quality, share in ((82, 1.0), (60, 0.7), (45, 0.45)):
        size = (max(1, int(image.width * share)), max(1, int(image.height * share)))
        smaller = _resize(image, size)
        smaller.info.clear()  # comments, profiles
        buffer = io.BytesIO()
        smaller.save(buffer, "JPEG", quality=quality, subsampling=0)
        if buffer.tell() <= HEAVIEST:
            return buffer.getvalue(), size
    return None


def _is_svg(data: bytes) -> bool:
    head = data[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return head.startswith((b"<svg", b"<?xml", b"<!doctype svg")) or (
        head.startswith(b"<!--") and b"<svg" in data[:4000]
    )

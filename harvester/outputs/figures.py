"""A student's picture made fit for a page: decoded under bounds, scaled down, written anew; never passed through."""

import base64
import io
import warnings
from dataclasses import dataclass

LARGEST_FILE = 20_000_000
"""Bytes; a larger file is not opened."""
LARGEST_PICTURE = 40_000_000
"""Pixels; a larger picture is not decoded."""
WIDEST = 1280
TALLEST = 2400
HEAVIEST = 450_000
"""Bytes of one picture on a page."""
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP")


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture for a page: a data URI and its size in pixels; or `reason`, why it is not shown."""

    uri: str = ""
    width: int = 0
    height: int = 0
    weight: int = 0
    """Bytes of the picture, before base64."""
    reason: str = ""


def scale_figure(data: bytes, *, widest: int = WIDEST, heaviest: int = HEAVIEST) -> Picture:
    """Decode a PNG, JPEG, GIF (first frame) or WebP and write it as a WebP of a bounded size.

    SVG is never drawn nor embedded. Whatever Pillow makes of the file, the answer is a `Picture`.
    """
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
            image.draft("RGB", (widest * 2, TALLEST * 2))
            shown = image.convert("RGBA" if _see_through(image) else "RGB")
            shown.thumbnail((widest, TALLEST))
            encoded = _encode(shown, heaviest)
    except Image.DecompressionBombError:
        return Picture(reason="the picture is too large to show")
    except Exception as error:  # noqa: BLE001 - Pillow's decoders raise whatever they like on a broken file
        return Picture(reason=f"the file cannot be read as a picture ({type(error).__name__})")
    if encoded is None:
        return Picture(reason="the picture stays too heavy for the page")
    payload, (width, height) = encoded
    uri = "data:image/webp;base64," + base64.b64encode(payload).decode("ascii")
    return Picture(uri, width, height, len(payload))


def _encode(image: "object", heaviest: int) -> tuple[bytes, tuple[int, int]] | None:
    from PIL import Image

    assert isinstance(image, Image.Image)  # noqa: S101 - narrows the lazily imported type
    for quality, share in ((82, 1.0), (60, 0.7), (45, 0.45)):
        size = (max(1, int(image.width * share)), max(1, int(image.height * share)))
        smaller = image if share == 1.0 else image.resize(size)
        buffer = io.BytesIO()
        smaller.save(buffer, "WEBP", quality=quality, method=2)
        if buffer.tell() <= heaviest:
            return buffer.getvalue(), size
    return None


def _see_through(image: "object") -> bool:
    return getattr(image, "mode", "") in ("RGBA", "LA", "PA") or "transparency" in getattr(image, "info", {})


def _is_svg(data: bytes) -> bool:
    head = data[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return head.startswith((b"<svg", b"<?xml", b"<!doctype svg")) or (
        head.startswith(b"<!--") and b"<svg" in data[:4000]
    )

"""Builders of pictures: small and plain, or large and as heavy as a picture gets."""

import io
from functools import lru_cache

from PIL import Image


@lru_cache(maxsize=4)
def _encode(noisy: bool) -> bytes:
    return _write(Image.effect_noise((1600, 1000), 90) if noisy else Image.linear_gradient("L").resize((320, 200)))


@lru_cache(maxsize=1)
def _encode_large() -> bytes:
    image = Image.new("L", (4000, 3000), 250)
    image.paste(Image.effect_noise((360, 330), 90), (900, 900))
    return _write(image)


def _write(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.convert("RGB").save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def make_picture(path: str = "") -> bytes:
    """A small PNG, the same for any path."""
    return _encode(noisy=False)


def make_noise(path: str = "") -> bytes:
    """A large PNG of noise, which no format packs well."""
    return _encode(noisy=True)


def make_screenshot(path: str = "") -> bytes:
    """A PNG that is nearly as large and as heavy as one may be that is shown as it is."""
    return _encode_large()

"""Builders of pictures: small and plain, or large and as heavy as a picture gets."""

import io
from functools import lru_cache

from PIL import Image


@lru_cache(maxsize=4)
def _encode(noisy: bool) -> bytes:
    image = Image.effect_noise((1600, 1000), 90) if noisy else Image.linear_gradient("L").resize((320, 200))
    buffer = io.BytesIO()
    image.convert("RGB").save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def make_picture(path: str = "") -> bytes:
    """A small PNG, the same for any path."""
    return _encode(noisy=False)


def make_noise(path: str = "") -> bytes:
    """A large PNG of noise, which no format packs well."""
    return _encode(noisy=True)

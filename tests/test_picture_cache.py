"""Scaled pictures are made once, and made again where what was kept is no good."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from harvester.outputs import picture_cache
from harvester.outputs.figures import Picture, decode_figure, scale_figure
from harvester.outputs.picture_cache import PictureCache


def make_picture(width: int, height: int, kind: str = "GIF") -> bytes:
    """A plain picture."""
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(buffer, kind)
    return buffer.getvalue()


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What was scaled, not taken from the cache."""
    asked: list[bytes] = []

    def scale(data: bytes) -> Picture:
        asked.append(data)
        return decode_figure(data)

    scale.__code__ = scale.__code__.replace(co_filename=decode_figure.__code__.co_filename)
    monkeypatch.setattr(picture_cache, "decode_figure", scale)
    picture_cache._version.cache_clear()
    return asked


def test_a_picture_is_scaled_once(made: list[bytes], tmp_path: Path) -> None:
    """Another run takes it from the folder, which only its owner can read; so it does for what is no picture."""
    pictures = [make_picture(20, 10), b"no picture"]
    for _ in range(2):
        with PictureCache(tmp_path) as cache:
            assert [cache.scale(data) for data in pictures] == [scale_figure(data) for data in pictures]
    assert made == pictures
    assert [path for path in tmp_path.rglob("*") if path.stat().st_mode & 0o077] == []


def test_what_need_not_be_decoded_is_not_kept(made: list[bytes], tmp_path: Path) -> None:
    """A light PNG is copied faster than it is read back."""
    data = make_picture(20, 10, "PNG")
    with PictureCache(tmp_path) as cache:
        assert cache.scale(data) == scale_figure(data)
    assert (made, list(tmp_path.iterdir())) == ([], [])


def test_what_no_page_shows_is_dropped(made: list[bytes], tmp_path: Path) -> None:
    """The folder does not grow with each new picture."""
    for width in (10, 20):
        with PictureCache(tmp_path) as cache:
            cache.scale(make_picture(width, 10))
    assert len(list((tmp_path / "pictures").iterdir())) == 1


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: "",
        lambda text: text[: len(text) // 2],
        lambda text: "[1]",
        lambda text: text.replace("data:image/jpeg;base64,", "javascript:"),
        lambda text: text.replace('"uri": "', '"uri": "\\" onload=x '),
        lambda text: '{"uri": ""}',
    ],
)
def test_damage_is_made_good(damage: Callable[[str], str], made: list[bytes], tmp_path: Path) -> None:
    """What is no whole picture of ours is never shown."""
    data = make_picture(20, 10)
    PictureCache(tmp_path).scale(data)
    (path,) = (tmp_path / "pictures").iterdir()
    path.write_text(damage(path.read_text()))

    assert PictureCache(tmp_path).scale(data) == scale_figure(data)
    assert len(made) == 2


def test_nothing_is_kept_where_it_cannot_be(tmp_path: Path) -> None:
    """No mirror, or a file in the folder's place."""
    data = make_picture(20, 10)
    (tmp_path / "pictures").write_text("")

    assert PictureCache(tmp_path).scale(data) == scale_figure(data)
    assert PictureCache(tmp_path / "none").scale(data) == scale_figure(data)
    assert PictureCache().scale(data) == scale_figure(data)

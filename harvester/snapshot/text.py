"""Bytes of a repository as text that is safe to show: names, paths, times."""

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

from harvester.models.snapshot import Person

_LONGEST_NAME = 200
_LAST_SECOND = int(datetime(9999, 12, 30, tzinfo=UTC).timestamp())
_TRAILER = re.compile(r"^[ \t]*co-authored-by:[ \t]*([^<>\n]{0,300})<([^<>\n]{0,300})>", re.IGNORECASE | re.MULTILINE)
_MOST_COAUTHORS = 50


@lru_cache(maxsize=20_000)  # a path stands in many commits
def show_path(raw: bytes) -> str:
    """A path as text: what is not UTF-8, not printable, or would lead out of a folder is written as `%0A`, `%2E%2E`."""
    text = raw.decode("utf-8", errors="surrogateescape")
    plain = text.isascii() and text.isprintable() and not text.startswith("/") and text[-1:] not in "./"
    if plain and "./" not in text and "//" not in text:
        return text
    return "/".join(_show_component(part) for part in text.split("/"))


def _show_component(part: str) -> str:
    if part in ("", ".", ".."):
        return "%2E" * len(part) or "%00"
    if part.isprintable():
        return part
    return "".join(mark if mark.isprintable() else _percent(mark) for mark in part)


def _percent(mark: str) -> str:
    return "".join(f"%{byte:02X}" for byte in mark.encode("utf-8", errors="surrogateescape"))


@lru_cache(maxsize=5_000)  # and a name
def show_name(raw: str) -> str:
    """A name or mail on one line, without marks that cannot be seen, of at most 200 characters."""
    shown = "".join(mark if mark.isprintable() else " " for mark in raw[: 4 * _LONGEST_NAME])
    return " ".join(shown.split())[:_LONGEST_NAME]


def read_person(name: str, mail: str) -> Person:
    """A person as a commit names it."""
    return Person(show_name(name), show_name(mail))


def read_coauthors(message: str) -> tuple[Person, ...]:
    """The persons of `Co-authored-by: Name <mail>` lines, in order, each once."""
    if "co-authored-by:" not in message.lower():
        return ()
    people = (read_person(found[1], found[2]) for found in _TRAILER.finditer(message))
    return tuple(dict.fromkeys(person for person in people if person.name or person.email))[:_MOST_COAUTHORS]


def read_moment(raw: str) -> datetime:
    """Git's `1767600000 +0100` as a time with its zone; what no calendar holds becomes the nearest that one does."""
    seconds, _, zone = raw.partition(" ")
    try:
        stamp = min(max(int(seconds), 0), _LAST_SECOND)
    except ValueError:
        stamp = 0
    return datetime.fromtimestamp(stamp, _read_zone(zone))


@lru_cache(maxsize=200)
def _read_zone(zone: str) -> timezone:
    found = re.fullmatch(r"([+-])(\d{2})(\d{2})", zone)
    if not found:
        return UTC
    offset = timedelta(hours=int(found[2]), minutes=int(found[3]))
    if not offset or offset >= timedelta(hours=24):
        return UTC
    return timezone(offset if found[1] == "+" else -offset)

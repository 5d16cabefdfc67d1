"""What was found out of a group before: one small SQLite file per group, shared by runs, commits and branches.

Facts are kept by blob; whatever else is kept is found by a fingerprint of all that it was made from.

The cache can be deleted at any time, and a damaged one is: nothing is lost but time.
"""

import contextlib
import hashlib
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from pydantic import TypeAdapter
from pydantic_core import PydanticSerializationError

from harvester.facts.version import parser_version
from harvester.models.files import Blob

FILE = "facts.sqlite"
_BATCH = 500
_LARGE = 1_000_000
"""Bytes of JSON from which on it is kept compressed."""
_ZLIB = b"x"
"""What compressed data begins with, and JSON never does."""
Key = tuple[str, str]
"""Blob id, and the kind of file (with its name, where that matters)."""


T = TypeVar("T")


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def contents_key(oids: Mapping[str, str], *what: str) -> str:
    """A fingerprint of what is asked of some files: paths and contents, and the words that tell what and how."""
    parts = (f"{path}\0{oid}" for path, oid in sorted(oids.items()))
    return hashlib.sha256("\n".join((*what, *parts)).encode("utf-8", "surrogatepass")).hexdigest()


class FactCache:
    """Blobs' facts on disk. Without a folder, or where the file cannot be used, it remembers nothing."""

    def __init__(self, connection: sqlite3.Connection | None = None, *, forget: bool = True) -> None:
        self._connection, self._forget = connection, forget
        self._stored: dict[str, bytes] = dict(connection.execute("SELECT key, value FROM made")) if connection else {}
        self._new: dict[Key, Blob] = {}
        self._made: dict[str, bytes] = {}
        self._used: set[str] = set()

    @classmethod
    def open(cls, folder: Path | None, *, forget: bool = True, anew: bool = False) -> Self:
        """The cache in a group's folder; `forget` drops, at the end, what was made before and not asked for.

        `anew` drops all that was known, at once.
        """
        if folder is None or not folder.is_dir():
            return cls()
        for _ in range(2):
            with contextlib.suppress(sqlite3.Error, OSError):
                return cls(_connect(folder / FILE, anew=anew), forget=forget)
            with contextlib.suppress(OSError):
                (folder / FILE).unlink(missing_ok=True)
        return cls()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if self._connection is None:
            return
        with contextlib.suppress(sqlite3.Error):
            if kind is None:
                self.save()
            self._connection.close()

    def get(self, keys: Iterable[Key]) -> dict[Key, Blob]:
        """What is known of some blobs."""
        wanted = set(keys)
        found: dict[Key, Blob] = {key: blob for key, blob in self._new.items() if key in wanted}
        if self._connection is None:
            return found
        oids = sorted({oid for oid, _ in wanted})
        with contextlib.suppress(sqlite3.Error, zlib.error, ValueError):
            for start in range(0, len(oids), _BATCH):
                batch = oids[start : start + _BATCH]
                marks = ",".join("?" * len(batch))
                query = f"SELECT oid, kind, facts FROM blobs WHERE oid IN ({marks})"  # noqa: S608  (marks only)
                for oid, kind, facts in self._connection.execute(query, batch):
                    if (oid, kind) in wanted:
                        found[oid, kind] = _adapter(Blob).validate_json(_unpack(facts))
        return found

    def put(self, blobs: Mapping[Key, Blob]) -> None:
        """Remember facts; they are written when the cache is closed."""
        self._new.update(blobs)

    def made(self, key: str, kind: object, make: Callable[[], T]) -> T:
        """What `make` gave when the same fingerprint was asked for before; else what it gives now, kept unless None.

        Parameters
        ----------
        kind
            The type of what `make` gives.
        """
        if self._connection is None:
            return make()
        self._used.add(key)
        if key in self._stored:
            with contextlib.suppress(ValueError, zlib.error):
                known: T = _adapter(kind).validate_json(_unpack(self._stored[key]))
                return known
        value = make()
        if value is not None:
            with contextlib.suppress(PydanticSerializationError):  # half of a surrogate pair: made again, then
                self._made[key] = _pack(_adapter(kind).dump_json(value))
        return value

    def forget(self, key: str) -> None:
        """Keep nothing for a fingerprint."""
        self._made.pop(key, None)
        self._used.discard(key)

    def save(self) -> None:
        """Write what is new, and forget what was made and not asked for."""
        if self._connection is None:
            return
        rows = [
            (oid, kind, _pack(_adapter(Blob).dump_json(blob, exclude_defaults=True)))
            for (oid, kind), blob in self._new.items()
        ]
        with self._connection:
            self._connection.executemany("INSERT OR REPLACE INTO blobs VALUES (?, ?, ?)", rows)
            unused = [(key,) for key in self._stored.keys() - self._used if self._forget]
            self._connection.executemany("DELETE FROM made WHERE key = ?", unused)
            self._connection.executemany("INSERT OR REPLACE INTO made VALUES (?, ?)", self._made.items())
        self._new.clear()
        self._made.clear()


def _pack(data: bytes) -> bytes:
    return zlib.compress(data, 1) if len(data) > _LARGE else data


def _unpack(data: bytes) -> bytes:
    return zlib.decompress(data) if data[:1] == _ZLIB else data


def _connect(path: Path, *, anew: bool) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=10)
    try:
        connection.execute("PRAGMA synchronous = OFF")  # a kill harms nothing, a power cut a file that can be deleted
        with connection:
            connection.execute("BEGIN")
            connection.execute("CREATE TABLE IF NOT EXISTS about (version TEXT)")
            connection.execute(
                "CREATE TABLE IF NOT EXISTS blobs (oid TEXT, kind TEXT, facts BLOB, PRIMARY KEY (oid, kind))"
            )
            connection.execute("CREATE TABLE IF NOT EXISTS made (key TEXT PRIMARY KEY, value BLOB)")
            row = connection.execute("SELECT version FROM about").fetchone()
            if anew or row is None or row[0] != parser_version():
                connection.execute("DELETE FROM blobs")
                connection.execute("DELETE FROM made")
                connection.execute("DELETE FROM about")
                connection.execute("INSERT INTO about VALUES (?)", (parser_version(),))
    except sqlite3.Error:
        connection.close()
        raise
    return connection

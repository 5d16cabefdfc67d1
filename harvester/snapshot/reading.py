"""Blobs on demand: bounded in all, in as few processes as can be, and each small one read once."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from harvester.models.snapshot import Entry, EntryKind
from harvester.snapshot.faults import MOST_OUTPUT
from harvester.snapshot.lines import is_source
from harvester.snapshot.objects import Objects

_MOST_READ = 256_000_000
_LARGE = 1_000_000
_MOST_LARGE_READ = 400_000_000
_SMALL = 100_000
_MOST_AHEAD = 4_000_000
_MOST_FILES_AHEAD = 400
_OTHER_TEXTS = (".txt", ".json", ".ipynb", ".dvc", ".in", ".lock", ".conf", ".env")


@dataclass(eq=False)
class BlobReader:
    """A `Reader`: None for what is not there, and for what goes beyond a bound in all.

    256 MB of blobs up to 1 MB are read, and 400 MB of larger ones (pictures), so that neither keeps the other away.
    With the first blobs that are asked for, those of `ahead` are read too; small ones are remembered.
    """

    objects: Objects
    sizes: Mapping[str, int]
    ahead: tuple[str, ...] = ()
    _left: dict[bool, int] = field(default_factory=lambda: {False: _MOST_READ, True: _MOST_LARGE_READ})
    _known: dict[str, bytes | None] = field(default_factory=dict)

    def __call__(self, oids: Iterable[str]) -> Mapping[str, bytes | None]:
        """The blobs' contents."""
        wanted = dict.fromkeys(oids)
        missing = [oid for oid in wanted if oid not in self._known]
        new: dict[str, bytes | None] = {}
        if missing:
            ahead, self.ahead = self.ahead, ()
            for batch in self._batches(dict.fromkeys([*missing, *ahead])):
                new.update(self.objects.contents(batch))
            self._known.update((oid, data) for oid, data in new.items() if data is not None and len(data) <= _SMALL)
        return {oid: self._known[oid] if oid in self._known else new.get(oid) for oid in wanted}

    def _batches(self, oids: Iterable[str]) -> Iterator[list[str]]:
        batch: list[str] = []
        total = 0
        for oid in oids:
            size = self.sizes.get(oid)
            if size is None or size > self._left[size > _LARGE]:
                continue
            self._left[size > _LARGE] -= size
            if total + size > MOST_OUTPUT // 2:
                yield batch
                batch, total = [], 0
            batch.append(oid)
            total += size
        yield batch


def choose_ahead(entries: Iterable[Entry], sizes: Mapping[str, int]) -> tuple[str, ...]:
    """The blobs of small text files, those nearest to the root first, as far as some megabytes go."""
    chosen: dict[str, None] = {}
    left = _MOST_AHEAD
    files = (entry for entry in entries if entry.kind is EntryKind.FILE and _is_text(entry))
    for entry in sorted(files, key=lambda entry: (entry.path.count("/"), entry.path)):
        size = sizes.get(entry.oid, _SMALL + 1)
        if entry.oid in chosen or size > min(_SMALL, left):
            continue
        chosen[entry.oid] = None
        left -= size
        if len(chosen) == _MOST_FILES_AHEAD:
            break
    return tuple(chosen)


def _is_text(entry: Entry) -> bool:
    name = entry.path.rpartition("/")[2].lower()
    return "." not in name.lstrip(".") or name.endswith(_OTHER_TEXTS) or is_source(name.encode(errors="replace"))

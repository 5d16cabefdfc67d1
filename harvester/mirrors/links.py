"""The answers of a group's links, in a small file beside the mirror; those of earlier nights are kept."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError

from harvester.mirrors.state import write_whole
from harvester.models.links import LinkAnswer

if TYPE_CHECKING:
    from harvester.mirrors.link_probe import LinkProbe

FILE = "links.json"
_MOST_LINKS = 40
_MOST_ANSWERS = 20
_LARGEST = 10_000_000


class _Stored(BaseModel):
    model_config = ConfigDict(frozen=True)

    schema_version: int = 1
    answers: tuple[LinkAnswer, ...] = ()


def load_answers(folder: Path) -> tuple[LinkAnswer, ...]:
    """All answers that are kept, oldest first for each link; none where the file is not there or damaged."""
    path = folder / FILE
    try:
        if path.stat().st_size > _LARGEST:
            return ()
        return _Stored.model_validate_json(path.read_bytes()).answers
    except (OSError, ValidationError):
        return ()


def probe_links(urls: Iterable[str], folder: Path, probe: "LinkProbe", stop: Callable[[], bool]) -> None:
    """Ask each link once (the first 40), and keep what answered beside what did before.

    Raises
    ------
    MirrorError
        The answers cannot be written.
    """
    wanted = list(dict.fromkeys(urls))[:_MOST_LINKS]
    found: dict[str, list[LinkAnswer]] = {}
    for answer in load_answers(folder):
        found.setdefault(answer.url, []).append(answer)
    for url in wanted:
        if stop():
            break
        found.setdefault(url, []).append(probe.ask(url))
    answers = tuple(answer for url in found for answer in found[url][-_MOST_ANSWERS:])
    if wanted:
        write_whole(folder, FILE, _Stored(answers=answers).model_dump_json(indent=1).encode() + b"\n")

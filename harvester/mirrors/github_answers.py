"""GitHub's answers as they came, one file per question, so that they can be shown again and asked for by ETag."""

import gzip
import hashlib
import json
import os
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from harvester.errors import MirrorError

FOLDER = "github"
_LARGEST = 40_000_000


class Answer(BaseModel):
    """One answer. `target` is the path and query that was asked for; `body` the text, letter for letter.

    `taken_at` is when the server sent it, `checked_at` when it last said that it still holds (304). `asked_at_last`
    is the path that a renamed repository was found under.
    """

    model_config = ConfigDict(frozen=True)

    target: str
    status: int
    body: str
    taken_at: datetime
    checked_at: datetime
    etag: str | None = None
    next: str | None = None
    """Path and query of the next page."""
    moved_to: str | None = None
    rate: dict[str, str] = {}

    def json_body(self) -> Any:
        """The body as data; None where it is empty.

        Raises
        ------
        ValueError
            It is no JSON.
        """
        return json.loads(self.body) if self.body.strip() else None


@dataclass
class Shelf:
    """The stored answers of one repository. `used` collects what a sync asked for or relied on."""

    folder: Path
    used: set[str] = field(default_factory=set)

    def load(self, target: str) -> Answer | None:
        """The stored answer to a question; None where there is none that can be read."""
        path = self._path(target)
        try:
            with gzip.open(path) as file:
                text = file.read(_LARGEST + 1)
            answer = Answer.model_validate_json(text) if len(text) <= _LARGEST else None
        except (OSError, EOFError, ValidationError):
            return None
        if answer is None or answer.target != target:
            return None
        self.used.add(path.name)
        return answer

    def save(self, answer: Answer) -> None:
        """Keep an answer: whole or not at all, readable by its owner only.

        Raises
        ------
        MirrorError
            It cannot be written.
        """
        path = self._path(answer.target)
        temporary = path.with_name(f".part-{uuid.uuid4().hex[:8]}")
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            data = gzip.compress(answer.model_dump_json().encode(), mtime=0)
            with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(data)
            temporary.replace(path)
        except OSError as error:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise MirrorError(f"{path} could not be written: {error.strerror or error}.", "Make room.") from None
        self.used.add(path.name)

    def clear(self) -> None:
        """Remove what a whole sync did not use: pages that are not there any more, and what a killed run left."""
        if self.folder.is_dir():
            for path in self.folder.iterdir():
                if path.name not in self.used:
                    path.unlink(missing_ok=True)

    def _path(self, target: str) -> Path:
        return self.folder / f"{hashlib.sha256(target.encode()).hexdigest()[:24]}.json.gz"

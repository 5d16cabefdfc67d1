"""`harvest.json`: a group record on disk. The same record gives the same bytes."""

import json
import os
import re
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from harvester.errors import OutputError
from harvester.models.record import GroupRecord
from harvester.models.seemly import escape_json
from harvester.outputs.files import write_atomic

_END = b"}\n"
_RULES = re.compile('"config_sha256": "[^"]*"')


def record_text(record: GroupRecord) -> str:
    """The record as JSON: the fixed names, in the models' order, one space deep, with a line end."""
    try:
        text = record.model_dump_json(by_alias=True, indent=1)
    except PydanticSerializationError:  # half of a surrogate pair, out of an escape in some file
        text = json.dumps(record.model_dump(mode="json", by_alias=True), ensure_ascii=False, indent=1)
        text = text.encode("utf-8", "replace").decode("utf-8")
    return escape_json(text) + "\n"


def content_text(record: GroupRecord) -> str:
    """As `record_text`, without the fingerprint of the rules: the same for records that say the same."""
    return _without_rules(record_text(record))


def stored_content(path: Path) -> str | None:
    """As `content_text`, of a record on disk, which is not read as one; None where there is none to be read."""
    try:
        return _without_rules(path.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return None


def _without_rules(text: str) -> str:
    return _RULES.sub('"config_sha256": ""', text, count=1)


def write_record(record: GroupRecord, path: Path) -> None:
    """Write the record, whole or not at all, before what its run says of the group.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    write_atomic(path, record_text(record).encode("utf-8"), last=False)


def is_cut(path: Path) -> bool:
    """Whether the end of a record is missing, or all of it: what a crash of the machine may leave. Costs nothing."""
    try:
        with path.open("rb") as file:
            file.seek(-len(_END), os.SEEK_END)
            return file.read() != _END
    except OSError:  # also of a file that is shorter
        return True


def read_record(path: Path) -> GroupRecord:
    """Load a record that `write_record` wrote.

    Raises
    ------
    OutputError
        There is none, or it is damaged or of another format.
    """
    try:
        return GroupRecord.model_validate_json(path.read_bytes())
    except OSError as error:
        raise OutputError(f"{path} could not be read: {error.strerror}.", "Run `harvester grade`.") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise OutputError(
            f"{path} is no group record: {where or 'the file'}: {first['msg']}.", "Grade again."
        ) from error

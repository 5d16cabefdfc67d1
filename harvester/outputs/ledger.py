"""`out/marks.json`: all marks with their history, open conflicts, and the state of every workbook."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harvester.errors import OutputError
from harvester.models.marks import Conflict, FileState, GroupProgress, Mark
from harvester.outputs.files import write_atomic

NAME = "marks.json"
BACKUP = "marks.json.bak"


class Ledger(BaseModel):
    """The file. `serial` grows with every change of a mark or conflict."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    schema_version: int = Field(default=1, alias="schema")
    serial: int = 0
    groups: dict[str, dict[str, Mark]] = {}
    conflicts: tuple[Conflict, ...] = ()
    files: dict[str, FileState] = {}
    progress: dict[str, GroupProgress] = {}


def read_ledger(out: Path, *, set_aside: bool) -> tuple[Ledger, list[str]]:
    """The ledger of an output folder, and what had to be said about it.

    Of a damaged one, the one before it is used; whatever that lacks is in the workbooks.

    Parameters
    ----------
    set_aside
        Whether a damaged one is moved to another name, where it is kept; only the run that holds the lock may.

    Raises
    ------
    OutputError
        It is there and cannot be opened.
    """
    messages: list[str] = []
    for candidate in (out / NAME, out / BACKUP):
        try:
            return Ledger.model_validate_json(candidate.read_bytes()), messages
        except FileNotFoundError:
            continue
        except OSError as error:
            raise OutputError(f"{candidate} could not be read: {error.strerror}.") from error
        except ValidationError:
            aside = candidate.with_name(f"damaged {candidate.name}")
            if set_aside:
                candidate.replace(aside)
            kept = f" and was kept as “{aside.name}”" if set_aside else ""
            messages.append(
                f"{candidate.name} is damaged{kept}; marks are taken from the one before it and from the workbooks."
            )
    return Ledger(), messages


def write_ledger(ledger: Ledger, out: Path) -> None:
    """Write the ledger, whole or not at all; the one before it stays as `marks.json.bak`."""
    path = out / NAME
    data = ledger.model_dump_json(by_alias=True, indent=1, exclude_defaults=True).encode("utf-8", "replace")
    try:
        before = path.read_bytes()
    except OSError:
        before = b""
    if before == data:
        return
    if before:
        write_atomic(out / BACKUP, before)
    write_atomic(path, data)

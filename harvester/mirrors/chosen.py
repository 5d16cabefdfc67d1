"""What staff chose to grade instead, in a small file beside the mirror."""

from pathlib import Path

from pydantic import ValidationError

from harvester.errors import MirrorError
from harvester.mirrors.state import write_whole
from harvester.models.mirror import Chosen

FILE = "chosen.json"


def load_chosen(folder: Path) -> Chosen | None:
    """What was chosen for a group; None where nothing was.

    Raises
    ------
    MirrorError
        The file cannot be read: the group is not graded by another commit than was chosen.
    """
    try:
        return Chosen.model_validate_json((folder / FILE).read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError):
        raise MirrorError(f"{folder / FILE} cannot be read.", "Choose again with `harvester regrade`.") from None


def save_chosen(folder: Path, chosen: Chosen | None) -> None:
    """Keep a choice, or take it back (None).

    Raises
    ------
    MirrorError
        It cannot be written.
    """
    if chosen is None:
        (folder / FILE).unlink(missing_ok=True)
    else:
        write_whole(folder, FILE, chosen.model_dump_json(indent=1, exclude_none=True).encode() + b"\n")

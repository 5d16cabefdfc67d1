"""What a group gets handed back, as one file."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

from harvester.models.group import safe_name
from harvester.outputs.files import write_atomic

_EPOCH = (1980, 1, 1, 0, 0, 0)


def write_release_zip(folder: Path, group_id: str, files: Mapping[str, str | bytes]) -> Path:
    """Write `<group>.zip` with the files in a folder of the group's name; the same files give the same bytes.

    Raises
    ------
    OutputError
        The file cannot be written; an older one is then untouched.
    """
    path = _path(folder, group_id)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for inner, content in sorted(files.items()):
            entry = zipfile.ZipInfo(f"{path.stem}/{safe_name(inner)}", _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    write_atomic(path, buffer.getvalue())
    return path


def drop_release_zip(folder: Path, group_id: str) -> bool:
    """Remove what an earlier release wrote for the group; whether there was anything."""
    path = _path(folder, group_id)
    if not path.is_file():
        return False
    path.unlink()
    return True


def _path(folder: Path, group_id: str) -> Path:
    return folder / f"{safe_name(group_id)}.zip"

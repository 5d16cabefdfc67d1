"""The zip that a group is handed back."""

import zipfile
from pathlib import Path

from harvester.outputs.release_zip import write_release_zip


def test_a_group_gets_one_folder_that_cannot_leave_its_place(tmp_path: Path) -> None:
    path = write_release_zip(tmp_path, "../Gruppe Ø", {"feedback.html": "<p>Godt</p>", "../x": b"y"})
    assert path.parent == tmp_path
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        assert "Gruppe_Ø/feedback.html" in names
        assert not any(".." in name for name in names)
        assert archive.read("Gruppe_Ø/feedback.html").decode() == "<p>Godt</p>"


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    one = write_release_zip(tmp_path / "a", "45", {"feedback.html": "x", "b.txt": "y"})
    other = write_release_zip(tmp_path / "b", "45", {"b.txt": "y", "feedback.html": "x"})
    assert one.read_bytes() == other.read_bytes()

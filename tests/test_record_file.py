"""Records on disk, and files that are whole or not there."""

import stat
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harvester.errors import OutputError
from harvester.models.record import GroupRecord
from harvester.outputs.files import make_folder, replacing, write_atomic
from harvester.outputs.record_file import content_text, read_record, record_text, stored_content, write_record
from tests.support.records import make_class, make_record


@pytest.mark.parametrize("record", make_class(12), ids=lambda record: record.status.value)
def test_a_record_loads_again_and_has_the_same_bytes(record: object, tmp_path: Path) -> None:
    write_record(record, tmp_path / "a" / "harvest.json")  # type: ignore[arg-type]
    again = read_record(tmp_path / "a" / "harvest.json")
    write_record(again, tmp_path / "b.json")

    assert again == record
    assert (tmp_path / "a" / "harvest.json").read_bytes() == (tmp_path / "b.json").read_bytes()


@pytest.mark.parametrize("record", make_class(12), ids=lambda record: record.status.value)
def test_what_a_record_says_is_told_from_its_file(record: GroupRecord, tmp_path: Path) -> None:
    """Other rules that say the same say the same; another version does not."""
    path = tmp_path / "harvest.json"
    assert stored_content(path) is None
    for rules in ("", "12ab" * 16):
        tool = record.tool.model_copy(update={"config_sha256": rules})
        write_record(record.model_copy(update={"tool": tool}), path)
        assert stored_content(path) == content_text(record)
    write_record(record.model_copy(update={"tool": tool.model_copy(update={"version": "0"})}), path)
    assert stored_content(path) != content_text(record)


def test_the_names_are_those_of_the_format_and_letters_are_letters() -> None:
    text = record_text(make_record("45"))
    assert text.startswith('{\n "schema": 1,')
    assert "Blåbærgrød" in text
    assert text.endswith("}\n")


@given(st.text(st.characters()))
@example("half of a pair: \ud800")
def test_any_text_can_be_written(text: str) -> None:
    record = make_record("1", items=0, questions=0).model_copy(update={"problem": text})
    record_text(record).encode("utf-8")


def test_a_damaged_record_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "harvest.json"
    with pytest.raises(OutputError, match="could not be read"):
        read_record(path)
    path.write_text('{"schema": 1}')
    with pytest.raises(OutputError, match="no group record"):
        read_record(path)


def test_files_are_private(tmp_path: Path) -> None:
    write_atomic(tmp_path / "new" / "file", b"x")
    assert stat.S_IMODE((tmp_path / "new" / "file").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_atomic(path, b"old")
    with pytest.raises(RuntimeError), replacing(path) as temporary:
        temporary.write_bytes(b"half")
        raise RuntimeError
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="could not be made"):
        make_folder(tmp_path / "file" / "folder")
    with pytest.raises(OutputError, match="could not be made"):
        make_folder(tmp_path / ("long" * 100))


def test_a_record_looked_at_in_a_terminal_commands_nothing(tmp_path: Path) -> None:
    """Control characters and marks of direction are written as JSON's escapes, and come back as they were."""
    record = make_record("7", name="\x1b[2J \x9b2J \u202e\x7f")
    write_record(record, tmp_path / "harvest.json")
    text = (tmp_path / "harvest.json").read_text("utf-8")
    assert not set("\x1b\x9b\u202e\x7f") & set(text)
    assert read_record(tmp_path / "harvest.json") == record

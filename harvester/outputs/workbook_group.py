"""`out/groups/<folder>/grading.xlsx`. Light to import: openpyxl is loaded only where a file is written."""

from pathlib import Path

from harvester.models.marks import GroupMarks, WriteResult
from harvester.models.points import PointsSettings
from harvester.models.record import GroupRecord
from harvester.outputs.contexts import progress_of
from harvester.outputs.placing import digest, layout, place_workbook
from harvester.outputs.record_file import content_text


def group_inputs(record: GroupRecord, marks: GroupMarks, settings: PointsSettings, zone: str) -> str:
    """SHA-256 of all that a group's workbook shows."""
    known = GroupMarks(group_id=marks.group_id, marks=marks.marks, conflicts=marks.conflicts)
    return digest((layout(), zone, content_text(record), known.model_dump_json(), settings.model_dump_json()))


def write_group_workbook(
    record: GroupRecord, marks: GroupMarks, settings: PointsSettings, path: Path, zone: str = "UTC", inputs: str = ""
) -> WriteResult:
    """Write a group's grading workbook with its marks; leave it alone where nothing changed.

    Safe in any process. The result goes to `MarksBook.note`. `zone` is the course's, for the times it shows;
    `inputs` is what `group_inputs` gives, where the caller knows it.

    Raises
    ------
    OutputError
        It could not be written.
    """

    def build(temporary: Path, write: str) -> None:
        from harvester.outputs.group_sheets import build_group
        from harvester.outputs.workbook_meta import Identity

        identity = Identity("group", write, marks.serial, record.group.id)
        build_group(record, marks, settings, identity, temporary, zone)

    progress = {record.group.id: progress_of(record, marks, settings)}
    inputs = inputs or group_inputs(record, marks, settings, zone)
    return place_workbook(path, marks.files, inputs, build, progress)

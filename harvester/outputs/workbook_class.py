"""`out/grading.xlsx`: the whole class. Light to import, like the group workbook."""

from collections.abc import Callable, Iterable
from itertools import chain
from pathlib import Path

from harvester.models.marks import GroupMarks, WriteResult
from harvester.models.points import PointsSettings
from harvester.models.record import GroupRecord
from harvester.outputs.marks import MarksBook
from harvester.outputs.placing import digest, layout, place_workbook
from harvester.outputs.record_file import content_text


def write_class_workbook(
    records: Iterable[GroupRecord],
    book: MarksBook,
    settings: PointsSettings,
    path: Path,
    contents: Callable[[], Iterable[str]] | None = None,
) -> WriteResult:
    """Write the class workbook with all marks; leave it alone where nothing changed.

    Parameters
    ----------
    records
        One per rostered group, in the roster's order. Gone through one record at a time, without `contents` twice.
    contents
        Gives what `content_text` gives of each, where the caller has it for less.

    Raises
    ------
    OutputError
        It could not be written.
    """
    marks = {group: book.for_group(group) for group in book.groups}

    def marks_of(group: str) -> GroupMarks:
        return marks.get(group) or GroupMarks(group_id=group)

    def build(temporary: Path, write: str) -> None:
        from harvester.outputs.class_sheets import build_class
        from harvester.outputs.workbook_meta import Identity

        identity = Identity("class", write, book.ledger.serial)
        build_class(records, marks_of, book.groups, book.conflicts, settings, identity, temporary)

    known = book.ledger.model_copy(update={"files": {}, "progress": {}, "serial": 0})
    settled = (layout(), settings.model_dump_json(), known.model_dump_json())
    inputs = digest(chain(settled, contents() if contents else map(content_text, records)))
    return place_workbook(path, book.files_in(""), inputs, build, {})

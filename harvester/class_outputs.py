"""What a run leaves for the class as a whole: sheets, tables and pages, written where one would show something else."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harvester.comparison import compare_class, likeness_files, prints_key
from harvester.engine import open_aside
from harvester.jobs import RESULT, GradeResult, read_result
from harvester.keys import code_sha256
from harvester.models.group import called
from harvester.models.marks import GroupProgress
from harvester.models.record import GroupRecord
from harvester.opened import OpenedCourse, Records
from harvester.outputs.files import write_atomic
from harvester.pipeline import page_options
from harvester.versions import digest, read_digest

if TYPE_CHECKING:
    from harvester.outputs.anonymous_key import AnonymousKey
    from harvester.outputs.marks import MarksBook
    from harvester.outputs.page_options import PageOptions
    from harvester.outputs.summary import GroupSummary

_KEY = ".class-key"
_FILES = ("index.html", "grading.xlsx", "groups.csv", "claims.csv", "answers.csv")


@dataclass(frozen=True)
class ClassOutputs:
    """The class's sheets, tables and pages of a course, and what they are made from."""

    opened: OpenedCourse
    book: "MarksBook"
    pseudonyms: "AnonymousKey | None"

    def is_fresh(self, results: Mapping[str, GradeResult]) -> bool:
        """Whether all of them are there and show what there is; `results` are those of this run."""
        out = self.opened.course.output
        names = (*_FILES, *likeness_files(self.opened))
        return read_digest(out / _KEY) == self._key(results) and all((out / name).is_file() for name in names)

    def write(self, results: Mapping[str, GradeResult]) -> tuple[str, ...]:
        """Write all of them. Returns what a teacher should know, in sentences.

        A group whose record is damaged is shown as one that failed, and the next run over it grades it again.
        """
        from harvester.outputs.summary import GroupSummary, summarise
        from harvester.outputs.tables import write_tables
        from harvester.outputs.workbook_class import write_class_workbook

        opened, book, out = self.opened, self.book, self.opened.course.output
        (out / _KEY).unlink(missing_ok=True)
        records = Records(opened, self.pseudonyms, damaged_ok=True)
        summaries: list[GroupSummary] = []

        def summarised() -> Iterator[GroupRecord]:
            """The records, each of which leaves what the class's page says of it."""
            for record in records:
                summaries.append(summarise(record))
                yield record

        with open_aside(len(results), calls=2) as aside:
            path = out / "grading.xlsx"
            placed = aside.call(write_class_workbook, records, book, opened.course.points, path, records.contents)
            compared = aside.call(compare_class, opened, self.pseudonyms)
            write_tables(summarised(), out)
            leads, likeness = compared()
            options = page_options(opened.course)
            shown = aside.call(_write_index, out / "index.html", summaries, options, book.ledger.progress, leads)
            book.note(placed())
            shown()
        if not records.damaged:
            write_atomic(out / _KEY, self._key(results).encode())
        return (*likeness, *self._give_up(records.damaged))

    def _give_up(self, damaged: Mapping[str, str]) -> list[str]:
        """Forget that groups were graded whose records cannot be read."""
        for folder in damaged.values():
            with suppress(OSError):
                (self.opened.course.output / "groups" / folder / RESULT).unlink(missing_ok=True)
        return [
            f"The record of {called(group, 'group')} is damaged, or may not be read, so the class's sheets show it as "
            "failed; the next run over it grades it again."
            for group in damaged
        ]

    def _key(self, results: Mapping[str, GradeResult]) -> str:
        """A fingerprint of all that they show, of groups that this run left out, too."""
        course = self.opened.course
        parts = [self.opened.rules.material_sha256, code_sha256(), course.name, prints_key(self.opened)]
        for group in self.opened.roster.groups:
            last = results.get(group.id) or read_result(course.output / "groups" / group.folder)
            shown = f"{last.status} {last.problem} {last.shown_key}" if last else ""
            parts += [group.model_dump_json(), shown]
        return digest(*parts)


def _write_index(
    path: Path,
    summaries: Sequence["GroupSummary"],
    options: "PageOptions",
    progress: Mapping[str, GroupProgress],
    leads: int | None,
) -> None:
    """Write the class's page; a process that has written other pages has its templates compiled."""
    from harvester.outputs.pages import render_index

    write_atomic(path, render_index(summaries, options=options, progress=progress, leads=leads).encode())

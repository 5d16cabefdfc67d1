"""What grading a group is given, and what it leaves behind for the class."""

import pickle
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from harvester.beside import Beside
from harvester.bounds import SECONDS
from harvester.models.check import CheckSpec
from harvester.models.course import Course
from harvester.models.group import Group, safe_name
from harvester.models.marks import GroupMarks, WriteResult
from harvester.models.mirror import REPOSITORY, MirrorState
from harvester.models.record import GroupRecord
from harvester.models.report import Report
from harvester.models.status import Status
from harvester.models.template import Template

if TYPE_CHECKING:
    from harvester.outputs.anonymous_key import AnonymousKey

RECORD = "harvest.json"
WORKBOOK = "grading.xlsx"
PAGE = "handin.html"
LEAKS = "not-masked.txt"
RESULT = ".result.json"


@dataclass(frozen=True)
class Rules:
    """Everything but the group itself that a record depends on. Picklable; the same for all groups of a run."""

    course: Course
    templates: tuple[Template, ...]
    checks: tuple[CheckSpec, ...]
    sha256: str
    material_sha256: str = ""
    """As `sha256`, without the checks."""
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Member's id -> names, mails and logins that commits have for this person."""

    def __reduce__(self) -> tuple[Callable[[bytes], "Rules"], tuple[bytes]]:
        """Written once per run, and read once per worker: a job is small, and what is cached of its rules holds."""
        return _read_rules, (self._written,)

    @cached_property
    def _written(self) -> bytes:
        return pickle.dumps({one.name: getattr(self, one.name) for one in fields(self)})

    @property
    def newest(self) -> Template:
        """The generation that a group without a report is shown in."""
        return max(self.templates, key=lambda template: (template.year, template.id))

    def listed(self, template: Template) -> Template:
        """The generation whose checklist holds for a report: its own, else (it had none) the one of the same year."""
        same_year = (one for one in self.templates if one.sections and one.year == template.year)
        return template if template.sections else next(same_year, template)

    def template_of(self, report: Report | None) -> Template:
        """The generation that the report was written on."""
        return next((one for one in self.templates if report and one.id == report.template), self.newest)


@lru_cache(maxsize=1)
def _read_rules(written: bytes) -> Rules:
    return Rules(**pickle.loads(written))  # noqa: S301 - what `Rules` wrote


@dataclass(frozen=True)
class GradeJob:
    """One group's grading: inputs, and where the results go."""

    rules: Rules
    group: Group
    state: MirrorState | None
    marks: GroupMarks
    key: str
    material: str = ""
    """Fingerprint of what evidence is found in; evidence of before counts where it is the same."""
    anew: bool = False
    """Whether everything is read and looked for again, whatever was kept."""
    record_fresh: bool = False
    """Whether `harvest.json` is up to date and only the sheets and pages have to be written again."""
    beside: Beside = field(default_factory=Beside)
    """GitHub's facts, and what staff chose to grade instead."""
    before: "GradeResult | None" = None
    """What the last run left of the group, where its files are still there."""
    pseudonyms: "AnonymousKey | None" = None
    """Set where graders must not see who the group is."""
    seconds: float = SECONDS
    """Wall time that grading may take."""

    @property
    def material_fresh(self) -> bool:
        """Whether everything but the checks is as it was when the group was graded the last time."""
        return bool(self.material) and self.before is not None and self.before.material == self.material

    @property
    def mirror(self) -> Path:
        """The folder of the group's mirror."""
        return self.rules.course.mirrors / self.group.folder

    @property
    def weight(self) -> int:
        """Bytes of the indexes of the mirror's packs, some thirty an object: the time that grading takes goes by it."""
        with suppress(OSError):
            return sum(index.stat().st_size for index in (self.mirror / REPOSITORY / "objects/pack").glob("*.idx"))
        return 0

    @property
    def output(self) -> Path:
        """The folder of the group's record."""
        return self.rules.course.output / "groups" / self.group.folder

    @property
    def sheets(self) -> Path:
        """The folder of the group's workbook and page: under its pseudonym where it has one."""
        if self.pseudonyms is None:
            return self.output
        return self.rules.course.output / "groups" / safe_name(self.pseudonyms.group(self.group.id))

    def masked(self, record: GroupRecord) -> GroupRecord:
        """The record as graders may see it; what could not be masked is listed in a file beside the record."""
        if self.pseudonyms is None:
            return record
        from harvester.outputs.anonymous import mask_record
        from harvester.outputs.files import write_atomic

        shown, leaks = mask_record(record, self.pseudonyms)
        lines = "".join(f"{leak.where}: {leak.what}\n" for leak in leaks)
        write_atomic(self.output / LEAKS, lines.encode("utf-8", "replace"))
        return shown


def say_unmasked(output: Path) -> tuple[str, ...]:
    """How many groups show something that could not be masked, and where that is listed."""
    count = sum(path.stat().st_size > 0 for path in (output / "groups").glob(f"*/{LEAKS}"))
    if not count:
        return ()
    who = "1 group shows" if count == 1 else f"{count} groups show"
    return (f"{who} something that could not be masked: see {LEAKS} in the folders under {output / 'groups'}.",)


class GradeResult(BaseModel):
    """What the class loop keeps of a group: small, picklable, and kept in the group's folder between runs."""

    model_config = ConfigDict(frozen=True)

    group: str
    status: Status
    problem: str | None = None
    sha: str | None = None
    ticked: int = 0
    verdicts: dict[str, int] = {}
    seconds: dict[str, float] = {}
    changed: bool = True
    workbook: WriteResult | None = None
    key: str = ""
    """Fingerprint of what the record was made from."""
    marks_key: str = ""
    """Fingerprint of the marks that the workbook and page show."""
    material: str = ""
    """Fingerprint of everything but the checks that the record was made from."""
    shown_key: str = ""
    """Fingerprint of all that the workbook and page show."""


def stored_result(job: GradeJob) -> GradeResult | None:
    """What the last run left of the group, where its files are still there."""
    from harvester.outputs.record_file import is_cut

    result = read_result(job.output)
    return result if (job.sheets / PAGE).is_file() and not is_cut(job.output / RECORD) else None


def read_result(folder: Path) -> GradeResult | None:
    """What the last run that graded a group left in its folder; None where there is nothing, or nothing whole."""
    try:
        return GradeResult.model_validate_json((folder / RESULT).read_bytes())
    except (OSError, ValueError):
        return None

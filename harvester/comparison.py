"""Likeness over a class: each group's fingerprints lie beside its record, and a run ends with comparing them."""

from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from harvester.errors import OutputError
from harvester.models.group import safe_name

if TYPE_CHECKING:
    from harvester.jobs import GradeJob
    from harvester.models.likeness import Likeness, Prints
    from harvester.opened import OpenedCourse
    from harvester.outputs.anonymous_key import AnonymousKey
    from harvester.record import Findings

PRINTS = ".likeness.json"
PAGE = "likeness.html"
TABLE = "likeness.csv"
_KEPT = 50
"""Groups whose fingerprints are kept while they are compared with others."""


def likeness_files(opened: "OpenedCourse") -> tuple[str, ...]:
    """What comparing the class writes into the output folder."""
    return (PAGE, TABLE) if opened.course.likeness.enabled else ()


def prints_key(opened: "OpenedCourse") -> str:
    """A fingerprint of all that is compared, by the files' times and sizes; empty where nothing is."""
    from harvester.outputs.files import fingerprint

    if not opened.course.likeness.enabled:
        return ""
    own = (opened.course.output / "groups" / group.folder / PRINTS for group in opened.roster.groups)
    earlier = [path for folder in opened.course.likeness.earlier for path in _find_prints(folder)]
    names = [fingerprint(path) for path in own] + [f"{path} {fingerprint(path)}" for path in earlier]
    return "\n".join([opened.course.likeness.model_dump_json(), *names])


def has_lost_prints(job: "GradeJob") -> bool:
    """Whether a group that was graded has no fingerprints any more, in a course that compares."""
    graded = job.before is not None and job.before.sha is not None
    return graded and job.rules.course.likeness.enabled and not (job.output / PRINTS).is_file()


def keep_prints(job: "GradeJob", findings: "Findings") -> None:
    """Write a group's fingerprints beside its record, where the course compares groups and they are not there yet."""
    from harvester.likeness import collect_prints
    from harvester.outputs.files import write_atomic

    rules, group, path = job.rules, job.group, job.output / PRINTS
    if not rules.course.likeness.enabled:
        drop_prints(job.output)
    elif findings.facts is not None and not (job.material_fresh and path.is_file()):
        prints = collect_prints(group.id, group.repo_url or "", findings.facts(), findings.report, rules.templates)
        write_atomic(path, prints.model_dump_json().encode("utf-8", "replace"), last=False)


def drop_prints(folder: Path) -> None:
    """Forget a group's fingerprints: what is graded anew may have none."""
    with suppress(OSError):
        (folder / PRINTS).unlink(missing_ok=True)


def compare_class(opened: "OpenedCourse", pseudonyms: "AnonymousKey | None") -> tuple[int | None, tuple[str, ...]]:
    """Compare all groups and write `likeness.html` and `likeness.csv`; remove them where the course compares none.

    Returns the number of leads, None where nothing was compared; and what a teacher should know, in sentences.
    """
    from harvester.outputs.files import write_atomic
    from harvester.outputs.likeness_table import write_likeness_table
    from harvester.outputs.pages import render_likeness
    from harvester.pipeline import page_options

    out = opened.course.output
    if not opened.course.likeness.enabled:
        for name in (PAGE, TABLE):
            (out / name).unlink(missing_ok=True)
        return None, ()
    sources = _Sources(opened, pseudonyms)
    likeness = sources.compare()
    page = render_likeness(likeness, page_options(opened.course), folders=sources.folders())
    write_atomic(out / PAGE, page.encode())
    write_likeness_table(likeness, out / TABLE)
    return len(likeness.leads), (*sources.say_missing(), *_say_leads(likeness))


def _say_leads(likeness: "Likeness") -> tuple[str, ...]:
    leads = len(likeness.leads)
    return (f"{leads} {'lead' if leads == 1 else 'leads'} in {PAGE}: what groups share, for a person to judge.",) * (
        leads > 0
    )


class _Sources:
    """The folders of all groups that are compared: the roster's, then those of earlier harvests."""

    def __init__(self, opened: "OpenedCourse", pseudonyms: "AnonymousKey | None") -> None:
        self.groups = opened.roster.groups
        self.pseudonyms = pseudonyms
        self.earlier = opened.course.likeness.earlier
        self.found = [(folder, path.parent) for folder in self.earlier for path in _find_prints(folder)]
        self.paths = [opened.course.output / "groups" / group.folder for group in self.groups]
        self.paths += [path for _, path in self.found]

    def compare(self) -> "Likeness":
        """The leads, under pseudonyms where the course is anonymous."""
        from harvester.likeness import Compared, find_likeness

        groups = Compared(len(self.paths), len(self.groups), self.load, lru_cache(_KEPT)(self.show), self.harvest)
        return find_likeness(groups)

    def load(self, place: int) -> "Prints | None":
        """A group's fingerprints; None where there are none, or they cannot be read."""
        from harvester.models.likeness import Prints

        try:
            return Prints.model_validate_json((self.paths[place] / PRINTS).read_bytes())
        except (OSError, ValueError):
            return None

    def show(self, place: int) -> "Prints":
        """A group's fingerprints as a grader may see them."""
        from harvester.models.likeness import Prints

        prints = self.load(place) or Prints(group="")
        return self._mask(prints, place) if self.pseudonyms else prints

    def harvest(self, place: int) -> str:
        """The earlier harvest that a group is of: the last two parts of its folder's path."""
        if place < len(self.groups):
            return ""
        folder, _ = self.found[place - len(self.groups)]
        return "/".join(folder.parts[-2:])

    def folders(self) -> dict[str, str]:
        """Group, as the page names it -> folder of its page."""
        if self.pseudonyms is None:
            return {group.id: group.folder for group in self.groups}
        names = [self.pseudonyms.group(group.id) for group in self.groups]
        return {name: safe_name(name) for name in names}

    def say_missing(self) -> Sequence[str]:
        """Earlier harvests that cannot be compared with."""
        seen = {folder for folder, _ in self.found}
        return [
            f"{folder} holds no fingerprints to compare with: it is no output folder, or of a version without them."
            for folder in self.earlier
            if folder not in seen
        ]

    def _mask(self, prints: "Prints", place: int) -> "Prints":
        from harvester.models.likeness import Prints
        from harvester.outputs.anonymous import Masker
        from harvester.outputs.record_file import read_record

        assert self.pseudonyms is not None  # noqa: S101 - for the type checker; the caller looks first
        name = f"{harvest} {prints.group}" if (harvest := self.harvest(place)) else prints.group
        key = self.pseudonyms.extended([name])
        try:
            record = read_record(self.paths[place] / "harvest.json")
        except OutputError:  # whose names to mask nobody knows then
            return Prints(group=key.group(name))
        record = record.model_copy(update={"group": record.group.model_copy(update={"id": name})})
        masker = Masker(record, key)
        passages = [
            one.model_copy(update={"text": masker.text(one.text), "path": masker.text(one.path)})
            for one in prints.passages
        ]
        return Prints(group=key.group(name), repo_url=prints.repo_url, passages=tuple(passages))


def _find_prints(output: Path) -> list[Path]:
    return sorted((output / "groups").glob(f"*/{PRINTS}"))

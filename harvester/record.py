"""Puts a group's record together from what the stages found. Pure: same inputs, same record."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harvester.models.check import CheckSpec
from harvester.models.evidence import Evidence
from harvester.models.group import Group
from harvester.models.mirror import MirrorState
from harvester.models.people import People
from harvester.models.problem import Problem
from harvester.models.record import (
    ChecklistItem,
    GroupInfo,
    GroupMember,
    GroupRecord,
    SnapshotInfo,
    ToolInfo,
)
from harvester.models.report import Answer, Report, Tick
from harvester.models.status import Claim, EvidenceWord, Status
from harvester.models.template import Item, Section, Template
from harvester.verdict import decide

if TYPE_CHECKING:
    from harvester.models.facts import Facts
    from harvester.models.snapshot import Snapshot

_MOST_ROOTS = 5


@dataclass(frozen=True)
class Findings:
    """What the stages found for one group; what is None was not reached."""

    snapshot: "Snapshot | None" = None
    report: Report | None = None
    people: People | None = None
    evidence: Mapping[str, Evidence] | None = None
    problems: tuple[Problem, ...] = ()
    missing: str = ""
    """Why no report was found, in a sentence."""
    facts: "Callable[[], Facts] | None" = None
    """Gives the facts, which are collected when they are first asked for."""


def make_record(
    *,
    tool: ToolInfo,
    group: Group,
    state: MirrorState | None,
    template: Template,
    listed: Template,
    checks: Sequence[CheckSpec],
    findings: Findings,
    status: Status,
    problem: str | None,
    demoted: Mapping[str, str],
) -> GroupRecord:
    """The record of one group, whatever became of it.

    Every question of `template` and every item of `listed` (the same one, where its report has a checklist) is in it
    exactly once, so that tables of a class line up; what was never looked at is `unknown`, never `absent`.
    """
    report = findings.report
    specs = {check.id: check for check in checks}
    ticks = {tick.check: tick for tick in report.ticks} if report else {}
    unseen = "Not looked at: " + (problem or "there was nothing to look at.")
    items = [
        _item(section, item, ticks.get(item.check), (findings.evidence or {}).get(item.check), specs, unseen, demoted)
        for section, item in listed.items
    ]
    return GroupRecord(
        tool=tool,
        status=status,
        problem=problem,
        group=_group_info(group),
        snapshot=_snapshot_info(findings.snapshot, report, state),
        template=template.id if report else None,
        questions=report.answers if report else _no_answers(template),
        checklist=tuple(items),
        extra_items=report.extra_ticks if report else (),
        contributions=findings.people.contributions if findings.people else (),
        problems=findings.problems,
    )


def _item(
    section: Section,
    item: Item,
    tick: Tick | None,
    evidence: Evidence | None,
    specs: Mapping[str, CheckSpec],
    unseen: str,
    demoted: Mapping[str, str],
) -> ChecklistItem:
    spec = specs[item.check]
    if evidence is None:
        evidence = Evidence(id=item.check, word=EvidenceWord.UNKNOWN, why=unseen)
    claim = tick.claim if tick else Claim.MISSING
    return ChecklistItem(
        id=item.check,
        section=section.title,
        text=item.text,
        title=spec.title,
        claim=claim,
        evidence=evidence.word,
        verdict=decide(claim, evidence.word, spec.trace, demoted=item.check in demoted),
        where=evidence.places,
        why=evidence.why,
        hints=evidence.hints,
        blind_spots=spec.blind_spots if evidence.word is not EvidenceWord.FOUND else "",
        trace=spec.trace,
        line=tick.line if tick else None,
        note=tick.note if tick else "",
        written=tick.written if tick else "",
    )


def _group_info(group: Group) -> GroupInfo:
    members = tuple(GroupMember(id=m.id, name=m.name, github=m.github) for m in group.members)
    url = group.repo_url or group.written_url
    return GroupInfo(id=group.id, name=group.name, repo_url=url, members=members)


def _snapshot_info(
    snapshot: "Snapshot | None", report: Report | None, state: MirrorState | None
) -> SnapshotInfo | None:
    if snapshot is None:
        return None
    head = state.head if state else None
    return SnapshotInfo(
        sha=snapshot.sha,
        committed_at=snapshot.committed_at.isoformat(),
        branch=snapshot.branch,
        deadline=snapshot.deadline.isoformat() if snapshot.deadline else None,
        commits_after_deadline=snapshot.commits_after_deadline,
        report_path=report.path if report else None,
        method=snapshot.method,
        head_sha=head if head != snapshot.sha else None,
        roots=snapshot.history.roots[:_MOST_ROOTS],
    )


def _no_answers(template: Template) -> tuple[Answer, ...]:
    return tuple(
        Answer(number=q.number, id=q.id, title=q.title, kind=q.kind, answered=False, limits=q.limits)
        for q in template.questions
    )

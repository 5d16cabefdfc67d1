"""A small course in memory: one item, one question, and the jobs that the class loop hands on."""

from pathlib import Path

from harvester.jobs import GradeJob, Rules
from harvester.models.check import CheckSpec
from harvester.models.course import Course
from harvester.models.group import Group
from harvester.models.marks import GroupMarks
from harvester.models.mirror import MirrorState
from harvester.models.status import Status, Trace
from harvester.models.template import Item, Question, Section, Template

TEMPLATE = Template(
    id="small-2026",
    family="small",
    title="Exam template",
    year="2026",
    sections=(Section(title="Week 1", items=(Item(check="tests", text="Write unit tests"),)),),
    questions=(Question(number=1, id="tests", title="Tests", prompt="What did you test, and how much of your code?"),),
)
CHECK = CheckSpec(id="tests", title="Tests", trace=Trace.ALWAYS, found={"file_exists": {"paths": ["tests/*.py"]}})


def make_rules(folder: Path) -> Rules:
    """The rules of a course whose output and mirrors lie in a folder."""
    course = Course(
        name="Small",
        roster=folder / "roster.csv",
        template="small",
        output=folder / "out",
        mirrors=folder / "mirrors",
        allow_protocols=("file",),
        timeout=60,
    )
    return Rules(course, (TEMPLATE,), (CHECK,), sha256="0" * 64)


def make_job(rules: Rules, group: str, **changes: object) -> GradeJob:
    """A job of a group without a mirror: it could not be fetched."""
    state = MirrorState(repo_url="https://example.org/a/b", status=Status.UNREACHABLE, problem="Not there.")
    job = {"state": state, "marks": GroupMarks(group_id=group), "key": f"key-{group}"} | changes
    return GradeJob(rules, Group(id=group, repo_url="https://example.org/a/b"), **job)  # type: ignore[arg-type]

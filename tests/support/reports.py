"""Reports on an invented course's template, and golden cases of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from harvester.models.report import Report
from harvester.models.template import Item, Limits, Question, Section, Template
from harvester.report import read_report
from tests.support.repos import Content
from tests.support.snapshots import blob_id, make_tree

CASES = Path(__file__).parents[1] / "cases" / "reports"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40 + b"IEND"
JPEG = b"\xff\xd8\xff" + b"\0" * 40
EXAMPLE_FIGURE = PNG + b"the template's own"

_EXAMPLE = "We measured ... and found that ... was the best."


def _template(year: str, items: tuple[Item, ...], prompt: str, last: int) -> Template:
    return Template(
        id=f"gardens-{year}",
        family="gardens",
        title="Report on your garden",
        year=year,
        headings=("What you did",),
        sections=(Section(title="Spring", items=items[:2]), Section(title="Summer", items=items[2:])),
        intros=("In this part we want to know how you grew your plants and what you measured.",),
        ignore=("flurbl gnaarwopple zzt", "zz", "snorrkle wibberwubb"),
        figures=(blob_id(EXAMPLE_FIGURE),),
        questions=(
            Question(number=1, id="group_number", title="Group", section="Group", kind="group_number",
                     prompt="Enter the number of your group"),
            Question(number=2, id="members", title="Members", section="Group", kind="members",
                     prompt="Enter the study number of every member", examples=("sXXXXXX, sXXXXXX",)),
            Question(number=3, id="plants", title="Plants", section="Growing", prompt=prompt, examples=(_EXAMPLE,),
                     limits=Limits(min_words=3, max_words=12), course_limits=Limits(min_words=3, max_words=12)),
            Question(number=last, id="curve", title="Curve", section="Growing",
                     prompt="Upload 1 to 2 images of the growth and explain what they show.",
                     limits=Limits(min_images=1, max_images=2), course_limits=Limits(min_images=1, max_images=2)),
        ),
    )  # fmt: skip


OLD = _template(
    "30",
    (
        Item(check="soil", text="Prepare the soil."),
        Item(check="seeds", text="Choose the seeds and sow them, additionally write down when"),
        Item(check="watering", text="Set up a plan for watering"),
    ),
    "Which plants did you grow?",
    4,
)
NEW = _template(
    "31",
    (
        Item(check="soil", text="Prepare the soil in `beds` (M1)"),
        Item(
            check="seeds", text="Choose the seeds and sow them (M2+M3)", wordings=("Pick the seeds and sow them (M2)",)
        ),
        Item(check="watering", text="Set up a plan for watering (M4)"),
        Item(check="weeds", text="Keep the weeds out of the beds all the time (M5)"),
    ),
    "Which plants did you grow and why did you choose them?",
    4,
)
TEMPLATES = (OLD, NEW)


@dataclass(frozen=True)
class Case:
    """One case of a file: a source and what has to be read out of it."""

    title: str
    source: str
    expected: str


def load_cases(name: str) -> Iterator[Case]:
    """The cases of a file: a title, the source and the expected text, with a line of one dot after each."""
    parts = (CASES / name).read_text(encoding="utf-8").split("\n.\n")
    for title, source, expected in zip(parts[::3], parts[1::3], parts[2::3], strict=False):
        yield Case(title.strip(), source, expected)


def read_text(text: str | bytes, files: Mapping[str, Content] | None = None) -> Report:
    """The report that a file at the expected path holds."""
    report = read_report(make_tree({"reports/README.md": text, **(files or {})}), TEMPLATES)
    assert report is not None
    return report


def show_answers(report: Report) -> str:
    """The answers that have lines, with their problems but for those of limits."""
    shown = []
    for answer in report.answers:
        if answer.line is None:
            continue
        text = answer.text.replace("\n", "⏎") if answer.answered else "(not answered)"
        shown.append(f"{answer.number} {answer.line}-{answer.end_line} {text}")
        shown += [f"! {one.code} {one.line}" for one in answer.problems if not one.code.startswith("too_")]
    return "\n".join(shown)


def show_ticks(report: Report) -> str:
    """The claims, the lines of no item, and the problems of the checklist."""
    shown = [
        f"{tick.check} {tick.claim} {tick.line}" + (f" ({tick.note})" if tick.note else "") for tick in report.ticks
    ]
    shown += [f"+ {tick.claim} {tick.line} {tick.text}" for tick in report.extra_ticks]
    quiet = {"course_checker_gives_up", "items_missing", "report_untouched"}
    return "\n".join([*shown, *(f"! {one.code} {one.line}" for one in report.problems if one.code not in quiet)])


def show_figures(report: Report) -> str:
    """The figures of all answers and the problems that name them."""
    shown = []
    for answer in report.answers:
        for image in answer.images:
            kind = "link" if image.linked else "image"
            state = image.problem or image.media_type or "not looked at"
            shown.append(f"{image.line} {kind} {image.written} -> {image.path} ({state})")
        shown += [f"! {one.code} {one.line}" for one in answer.problems if one.code.startswith("image_")]
    return "\n".join(shown)

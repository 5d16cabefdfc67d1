"""The built-in report templates: every line of every file that the course has given out is tied to something."""

import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest

from harvester.config import load_templates
from harvester.demo.reports import render_report
from harvester.models.template import Limits, Template
from harvester.report import read_report
from harvester.report.lines import unquote
from harvester.report.sightings import Sightings, choose_template
from harvester.report.wording import Wordings, all_items, wordings_of, words_of
from tests.support.snapshots import make_tree

SHIPPED = Path(__file__).parents[2] / "shared" / "templates"
FILES = sorted(SHIPPED.glob("*.md"))
TEMPLATES = load_templates("dtu-02476")

_KIND = {"2022": (27, 0), "2023": (27, 36), "2025": (31, 52), "2026": (31, 53)}


def _generation(name: str) -> str:
    """The generation that a file of the course's history belongs to, by its date."""
    date = name[:10]
    ends = (("2023-01-05", "2022"), ("2024-12-01", "2023"), ("2026-01-08", "2025"))
    return next((year for end, year in ends if date < end), "2026")


def _untied(text: str, wordings: Wordings, template: Template) -> Iterator[str]:
    """Lines behind the template's introduction that nothing in `configs/templates` names."""
    sightings = Sightings(text, wordings)
    boxes = {line for box in sightings.boxes if box.hit for line in range(box.line, box.end)}
    titles = wordings.headings | {("question", str(question.number)) for question in template.questions}
    questions = {question.number: question.id for question in template.questions}
    starts = {heading.line: heading.number for heading in sightings.headings}
    begins = next(index for index, line in enumerate(sightings.lines) if line.startswith("## "))
    number = 0
    for index, line in enumerate(sightings.lines):
        number = starts.get(index, number)
        bare = unquote(line).strip()
        if index < begins or not words_of(bare) or index in boxes or wordings.is_intro(bare):
            continue
        if line.startswith("#") and words_of(line) in titles:
            continue
        if re.fullmatch(rf"--- question {number} fill here ---", bare) or wordings.is_ignored(bare):
            continue
        if number and wordings.is_own(questions[number], bare):
            continue
        yield f"{index + 1}: {line}"


@pytest.mark.skipif(not FILES, reason="the course's own templates are not here")
@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_every_line_that_the_course_gave_out_is_tied(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    wordings = wordings_of(TEMPLATES)
    template, confidence = choose_template([Sightings(text, wordings)], TEMPLATES)
    assert (template.id, confidence) == (f"dtu-02476-{_generation(path.stem)}", 1.0)
    assert list(_untied(text, wordings, template)) == []


@pytest.mark.skipif(not FILES, reason="the course's own templates are not here")
@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_an_untouched_template_answers_nothing(path: Path) -> None:
    report = read_report(make_tree({"reports/README.md": path.read_bytes()}), TEMPLATES)
    assert report is not None
    assert [answer.number for answer in report.answers if answer.answered] == []
    assert [answer.number for answer in report.answers if answer.line is None] == []
    assert {tick.claim for tick in report.ticks} <= {"unticked"}
    assert {problem.code for problem in report.problems} <= {"report_untouched", "checklist_missing"}


def _noted(template: Template, *, behind: str = "") -> dict[str, str]:
    """What a report whose lines are the template's, with something behind each, is read to have added to them."""
    sections = [
        section.model_copy(
            update={"items": tuple(item.model_copy(update={"text": item.text + behind}) for item in section.items)}
        )
        for section in template.sections
    ]
    written = template.model_copy(update={"sections": tuple(sections)})
    text = render_report(written, [item.check for _, item in template.items], {})
    report = read_report(make_tree({"reports/README.md": text}), TEMPLATES)
    assert report is not None
    return {tick.check: tick.note for tick in report.ticks}


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.id)
def test_what_a_group_added_to_a_line_is_nothing_of_the_line_itself(template: Template) -> None:
    """The template's own lines end in question marks, brackets and modules, too."""
    checks = [item.check for _, item in template.items]
    assert _noted(template) == dict.fromkeys(checks, "")
    assert _noted(template, behind=" (Ada)") == dict.fromkeys(checks, "(Ada)")
    assert _noted(template, behind=" ().") == dict.fromkeys(checks, "")
    assert _noted(template, behind=" ❌") == dict.fromkeys(checks, "❌")
    assert _noted(template, behind=" (half of it?)") == dict.fromkeys(checks, "(half of it?)")


def test_a_line_that_is_not_tied_is_found() -> None:
    text = "## Group information\n\n### Question 1\n\n> **Enter the name of your dog**\n>\n> Answer:\n"
    assert list(_untied(text, wordings_of(TEMPLATES), TEMPLATES[0])) == ["5: > **Enter the name of your dog**"]


@pytest.mark.parametrize("template", TEMPLATES, ids=[template.id for template in TEMPLATES])
def test_a_generation_is_whole(template: Template) -> None:
    """And a generation that the course has given out has as many questions and lines as it had there."""
    questions, items = _KIND.get(template.id[-4:], (len(template.questions), len(template.items)))
    assert [question.number for question in template.questions] == list(range(1, questions + 1))
    assert len({question.id for question in template.questions}) == questions
    assert len(template.items) == len({item.check for _, item in template.items}) == items
    assert len(template.figures) == 5
    assert [question.kind for question in template.questions if question.kind != "prose"] == ["group_number", "members"]


@pytest.mark.parametrize("template", TEMPLATES, ids=[template.id for template in TEMPLATES])
def test_limits_are_in_order(template: Template) -> None:
    for question in template.questions:
        for limits in (question.limits, question.course_limits):
            assert (limits.min_words or 0) <= (limits.max_words or 10_000)
            assert (limits.min_images or 0) <= (limits.max_images or 10)
    with_rules = [question.number for question in template.questions if question.course_limits != Limits()]
    assert with_rules[0] == 3 and with_rules[-1] == len(template.questions)


def test_a_question_keeps_its_id_though_its_number_moves() -> None:
    numbers = {template.id[-4:]: {one.id: one.number for one in template.questions} for template in TEMPLATES}
    assert [numbers[year]["deployment"] for year in ("2022", "2023", "2025", "2026")] == [22, 22, 24, 24]
    assert [numbers[year]["contributions"] for year in ("2022", "2023", "2025", "2026")] == [27, 27, 31, 31]
    assert set(numbers["2023"]) < set(numbers["2026"])


def test_no_item_begins_as_another_one_of_its_generation_does() -> None:
    """Notes behind an item are allowed, so one item's words must never be another's first words."""
    for template in TEMPLATES:
        wordings = [one for one in all_items(wordings_of(TEMPLATES)) if one.template.id == template.id]
        for one, other in combinations(wordings, 2):
            short, long = sorted((one, other), key=lambda each: len(each.words))
            same = one.item.check == other.item.check
            assert same or long.words[: len(short.words)] != short.words

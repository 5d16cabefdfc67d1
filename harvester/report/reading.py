"""Reads a report whole, out of one file or several."""

import re
from collections import Counter
from collections.abc import Sequence

from harvester.models.problem import Problem
from harvester.models.report import Answer, Report
from harvester.models.snapshot import Tree
from harvester.models.status import Claim
from harvester.models.template import Limits, Template
from harvester.report.answers import make_answer, missing_answer
from harvester.report.checklist import Checklist, missing_items
from harvester.report.drafts import CutAnswer, Draft, redraft
from harvester.report.figures import FigureFinder, find_definitions, find_mentions
from harvester.report.finding import find_report
from harvester.report.lines import find_hidden, split_lines
from harvester.report.members import read_group_number, read_members
from harvester.report.prose import CourseCount, count_as_course
from harvester.report.sightings import choose_template
from harvester.report.wording import wordings_of

_ONCE = {
    "placeholder_left": "The template's placeholder was left beside {} answers.",
    "label_missing": "The line “Answer:” is gone at {} questions.",
    "heading_missing": "The headings of {} questions are gone.",
}
"""What is one habit of a whole report where it stands at more than ten answers, and no ten problems."""
_MOST_APART = 10
_FEWEST_TICKS = 5
"""So many make another file's list worth a word."""
_CONFLICT = re.compile(r"^(?:<{7} |>{7} )", re.MULTILINE)


def read_report(tree: Tree, templates: Sequence[Template]) -> Report | None:
    """The report of a commit, or None where no file holds the template's text (`explain_missing` says why).

    Every question of the detected generation is among the answers, in its order; checklist items that are not in the
    report are not among the ticks.
    """
    drafts = find_report(tree, templates)
    if not drafts:
        return None
    main, helpers = _join_files(drafts)
    sources = {
        number: (draft, draft.answers[number]) for draft in reversed([main, *helpers]) for number in draft.answers
    }
    course = _course_counts(tree, main)
    answers, habits = _say_once(_make_answers(tree, templates, main, sources, course))
    listed = _checklist_draft(main, drafts)
    problems = [
        *_place_problems(tree, main, helpers, drafts),
        *_checklist_problems(main, listed),
        *_whole_problems(main, answers, course),
        *habits,
    ]
    kinds = {question.kind: question.number for question in main.template.questions}
    texts = {answer.number: answer.text for answer in answers}
    return Report(
        path=main.path,
        template=main.template.id,
        confidence=round(main.confidence, 3),
        answers=tuple(answers),
        ticks=tuple(_checklist(listed).ticks),
        extra_ticks=tuple(_checklist(listed).extra),
        problems=tuple(problems),
        group_number=read_group_number(texts.get(kinds.get("group_number", 0), "")),
        member_ids=read_members(texts.get(kinds.get("members", 0), "")),
        checklist_path=listed.path if listed is not None and listed is not main else None,
    )


def _checklist(draft: Draft | None) -> Checklist:
    return draft.checklist if draft is not None else Checklist()


def _join_files(drafts: Sequence[Draft]) -> tuple[Draft, list[Draft]]:
    """The report's main file, and those that answer questions which are not in it."""
    main = drafts[0]
    there = set(main.answers)
    helpers = []
    for draft in drafts[1:]:
        new = {number for number, answer in draft.answers.items() if answer.cut.texts} - there
        if new and draft.content:
            helpers.append(draft)
            there |= new
    if helpers:
        files = [one.sightings for one in (main, *helpers)]
        template, confidence = choose_template(files, main.sightings.wordings.templates)
        main, *helpers = [redraft(one, template, confidence) for one in (main, *helpers)]
    return main, helpers


def _course_counts(tree: Tree, main: Draft) -> list[CourseCount] | None:
    """The course checker's counts; it knows one file, in UTF-8."""
    try:
        text = (tree.read(main.path) or b"").decode("utf-8")
    except UnicodeDecodeError:
        return None
    return count_as_course(text, len(main.template.questions))


def _make_answers(
    tree: Tree,
    templates: Sequence[Template],
    main: Draft,
    sources: dict[int, tuple[Draft, CutAnswer]],
    course: list[CourseCount] | None,
) -> list[Answer]:
    own = wordings_of(templates).figures
    finders: dict[str, tuple[FigureFinder, dict[str, str]]] = {}
    answers = []
    for index, question in enumerate(main.template.questions):
        if question.number not in sources:
            answers.append(missing_answer(question))
            continue
        draft, cut = sources[question.number]
        if draft.path not in finders:
            finder, definitions = FigureFinder(tree, draft.path, own), find_definitions(draft.text)
            finder.load(find_mentions(draft.text, definitions))
            finders[draft.path] = finder, definitions
        answer = make_answer(cut, main.template, *finders[draft.path], course[index] if course else None)
        answers.append(answer if draft is main else answer.model_copy(update={"path": draft.path}))
    return answers


def _say_once(answers: list[Answer]) -> tuple[list[Answer], list[Problem]]:
    """The answers without what is a habit of the whole report, and that, once."""
    counts = Counter(problem.code for answer in answers for problem in answer.problems if problem.code in _ONCE)
    habits = {code: count for code, count in counts.items() if count > _MOST_APART}
    if not habits:
        return answers, []
    all_of = [problem for answer in answers for problem in answer.problems]
    first = {problem.code: problem.line for problem in reversed(all_of)}
    kept = (tuple(problem for problem in answer.problems if problem.code not in habits) for answer in answers)
    told = [Problem(code=code, message=_ONCE[code].format(count), line=first[code]) for code, count in habits.items()]
    return [one.model_copy(update={"problems": left}) for one, left in zip(answers, kept, strict=True)], told


def _checklist_draft(main: Draft, drafts: Sequence[Draft]) -> Draft | None:
    """The file whose checklist counts: the report's own, else the one in which most items of another are found.

    A copy in which nothing is ticked claims nothing: it may be the template's own. Nor does any copy beside a report
    that has its own list, or was written on a template without one.
    """
    if main.checklist.ticks or not main.template.sections:
        return main
    others = [draft for draft in drafts if draft.path != main.path and draft.checklist.ticked]
    return max(others, key=lambda draft: len(draft.checklist.ticks), default=main)


def _place_problems(tree: Tree, main: Draft, helpers: Sequence[Draft], drafts: Sequence[Draft]) -> list[Problem]:
    problems = []
    expected = main.template.reports
    if main.path not in expected:
        because = f"{expected[0]} holds less" if expected[0] in tree.entries else f"there is no {expected[0]}"
        problems.append(
            Problem(code="report_moved", message=f"The report was read from {main.path}: {because}.", path=main.path)
        )
    for draft in helpers:
        message = f"Some questions are answered in {draft.path}."
        problems.append(Problem(code="report_split", message=message, path=draft.path))
    known = {main.path, *(draft.path for draft in helpers)}
    copies = [draft for draft in drafts if draft.path not in known and len(draft.answers) > 5 and draft.content]
    if not main.checklist.ticked:
        lists = [draft for draft in drafts if draft.path != main.path and draft.checklist.ticked >= _FEWEST_TICKS]
        problems += [_say_copy(main, max(lists, key=lambda draft: draft.checklist.ticked))] if lists else []
    for draft in copies[:5]:
        message = f"{draft.path} holds answers too, which were not read."
        problems.append(Problem(code="report_copy", message=message, path=draft.path))
    return problems


def _say_copy(main: Draft, copy: Draft) -> Problem:
    """A list that a group ticked outside of its report, where only a person can say whether it counts."""
    why = "nothing is ticked in the report's own" if main.checklist.ticks else "the report's template has none"
    message = f"{copy.path} holds a checklist with {copy.checklist.ticked} ticks, which claim nothing; {why}."
    return Problem(code="checklist_copy", message=message, path=copy.path)


def _checklist_problems(main: Draft, listed: Draft | None) -> list[Problem]:
    checklist = _checklist(listed)
    problems = list(checklist.problems)
    if not main.template.sections:
        return problems
    if not checklist.ticks:
        problems.append(Problem(code="checklist_missing", message="No checklist was found, so nothing is claimed."))
    elif missing := missing_items(checklist, main.template):
        names = ", ".join(missing[:8]) + (" …" if len(missing) > 8 else "")
        message = f"{len(missing)} of {len(main.template.items)} items are not in the checklist: {names}."
        problems.append(Problem(code="items_missing", message=message))
    if listed is not None and listed.path != main.path:
        message = f"The report has no checklist; it was read from {listed.path}."
        problems.append(Problem(code="checklist_elsewhere", message=message, path=listed.path))
    return problems


def _whole_problems(main: Draft, answers: Sequence[Answer], course: list[CourseCount] | None) -> list[Problem]:
    problems = []
    for block in main.added[:10]:
        message = f"Question {block.number} is not one of the template's, so it was not read."
        problems.append(Problem(code="question_added", message=message, line=block.start + 1))
    if conflict := _CONFLICT.search(main.text):
        line = main.text.count("\n", 0, conflict.start()) + 1
        problems.append(
            Problem(code="conflict_markers", message="The report holds an unresolved merge conflict.", line=line)
        )
    problems += _say_hidden(main, answers)
    if not any(answer.answered for answer in answers) and not main.checklist.ticked:
        problems.append(Problem(code="report_untouched", message="Nothing is answered and nothing is ticked."))
    checked = any(question.course_limits != Limits() for question in main.template.questions)
    if course is None and checked:
        message = f"The course's own checker gives up: it does not find {len(answers)} answers."
        problems.append(Problem(code="course_checker_gives_up", message=message))
    return problems


def _say_hidden(main: Draft, answers: Sequence[Answer]) -> list[Problem]:
    """That most of a report stands in comments, where there is no other sign of it."""
    own = [answer.line for answer in answers if answer.answered and answer.path is None and answer.line]
    own += [tick.line for tick in main.checklist.ticks if tick.claim is Claim.TICKED and tick.line]
    if "<!--" not in main.text or not own:
        return []
    hidden = [(part, inside) for part in find_hidden(split_lines(main.text)) if (inside := _within(part, own))]
    count = sum(inside for _, inside in hidden)
    if 2 * count <= len(own):
        return []
    message = f"{count} of {len(own)} answers and ticks stand in an HTML comment, of which GitHub shows nothing."
    return [Problem(code="report_in_comment", message=message, line=hidden[0][0].start + 1)]


def _within(part: range, lines: Sequence[int]) -> int:
    return sum(line - 1 in part for line in lines)

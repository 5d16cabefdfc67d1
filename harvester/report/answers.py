"""Makes an answer's record from its lines: figures, words, limits, problems, and the course's own count."""

import re

from harvester.models.problem import Problem
from harvester.models.report import Answer, Figure
from harvester.models.template import Limits, Question, Template
from harvester.report.drafts import CutAnswer
from harvester.report.figures import FigureFinder, find_mentions, is_remote
from harvester.report.members import read_group_number
from harvester.report.prose import CourseCount, count_words, remove_comments


def make_answer(
    found: CutAnswer,
    template: Template,
    figures: FigureFinder,
    definitions: dict[str, str],
    course: CourseCount | None,
) -> Answer:
    """The answer of a question that is in the report."""
    cut, question = found.cut, found.question
    images = _find_figures(found, figures, definitions)
    said = remove_comments(cut.text) if "<!--" in cut.text else cut.text
    answered = bool(images) or bool(re.search(r"[^\W_]", said))
    answer = Answer(
        number=question.number,
        id=question.id,
        title=question.title,
        kind=question.kind,
        answered=answered,
        text=cut.text if answered else "",
        words=count_words(cut.texts, cut.code) if answered else 0,
        limits=question.limits,
        course_words=course.words if course else 0,
        course_images=course.images if course else 0,
        course_passes=_passes(question.course_limits, course),
        images=tuple(images),
        line=(cut.first if answered else found.block.start) + 1,
        end_line=(cut.first + len(cut.texts)) if answered else max(found.block.end, found.block.start + 1),
    )
    problems = [
        *_form_problems(found, template, answered),
        *_limit_problems(answer),
        *_figure_problems(answer, figures),
    ]
    if question.kind == "group_number" and answered and read_group_number(answer.text) is None:
        problems.append(_problem("group_number_unreadable", "No number was found, or more than one.", answer.line))
    return answer.model_copy(update={"problems": tuple(problems)})


def missing_answer(question: Question) -> Answer:
    """A question whose heading and words are both gone."""
    message = f"Neither the heading of question {question.number} nor its words were found."
    return Answer(
        number=question.number,
        id=question.id,
        title=question.title,
        kind=question.kind,
        answered=False,
        limits=question.limits,
        problems=(_problem("question_missing", message, None),),
    )


def _problem(code: str, message: str, line: int | None) -> Problem:
    return Problem(code=code, message=message, line=line)


def _find_figures(found: CutAnswer, figures: FigureFinder, definitions: dict[str, str]) -> list[Figure]:
    cut = found.cut
    texts = ["" if index in cut.code else text for index, text in enumerate(cut.texts)]
    text = "\n".join(texts)
    if not any(mark in text for mark in ("](", "][", "![", "<img", "<IMG", "<Img")):
        return []
    mentions = find_mentions(text, definitions)
    figures.load(mentions)
    return [figures.figure(one, cut.first + text.count("\n", 0, one.offset) + 1) for one in mentions]


def _passes(limits: Limits, course: CourseCount | None) -> bool | None:
    """What the course's own checker says of a question that it has a rule for."""
    if course is None or limits == Limits():
        return None
    words = (limits.min_words or 0) <= course.words and (limits.max_words is None or course.words <= limits.max_words)
    images = (limits.min_images or 0) <= course.images and (
        limits.max_images is None or course.images <= limits.max_images
    )
    return words and images


def _form_problems(found: CutAnswer, template: Template, answered: bool) -> list[Problem]:
    """What is odd about where and how the answer stands."""
    cut, block, number = found.cut, found.block, found.question.number
    line, problems = block.start + 1, []
    if not block.headed and template.numbered:
        problems.append(_problem("heading_missing", f"The heading of question {number} is gone.", line))
    if block.written_number is not None:
        message = f"The heading says question {block.written_number}, but question {number} is asked."
        problems.append(_problem("heading_number", message, line))
    for other in found.others:
        message = f"Question {number} stands here too; its answer was read from line {line}."
        problems.append(_problem("question_twice", message, other + 1))
    if not cut.labelled and answered and template.labelled:
        problems.append(_problem("label_missing", "The line “Answer:” is gone.", line))
    if cut.in_example and answered:
        problems.append(_problem("answer_in_example", "The answer stands in place of the example.", cut.first + 1))
    if cut.stray is not None:
        message = "Text above “Answer:” is neither the template's nor read as the answer."
        problems.append(_problem("text_above_label", message, cut.stray + 1))
    if cut.template_text:
        problems.append(_problem("template_text", "Nothing but the template's own example stands here.", cut.first + 1))
    elif not answered and found.question.limits.min_words != 0:
        problems.append(_problem("unanswered", "Nothing is answered.", line))
    if answered and cut.placeholder is not None:
        message = "The template's placeholder was left beside the answer."
        problems.append(_problem("placeholder_left", message, cut.placeholder + 1))
    if cut.unclosed is not None:
        message = "A code block is opened here and never closed."
        problems.append(_problem("unclosed_fence", message, cut.first + cut.unclosed + 1))
    return problems


def _limit_problems(answer: Answer) -> list[Problem]:
    """Words and images against what the question asks for."""
    if not answer.answered:
        return []
    limits, problems = answer.limits, []
    asked = _range(limits.min_words, limits.max_words)
    if limits.min_words is not None and answer.words < limits.min_words:
        problems.append(_problem("too_short", f"{_count(answer.words, 'word')}, {asked} asked for", answer.line))
    if limits.max_words is not None and answer.words > limits.max_words:
        problems.append(_problem("too_long", f"{_count(answer.words, 'word')}, {asked} asked for", answer.line))
    images = len({image.path or image.written for image in answer.images if image.problem is None})
    asked = _range(limits.min_images, limits.max_images)
    if limits.min_images is not None and images < limits.min_images:
        problems.append(_problem("too_few_images", f"{_count(images, 'image')}, {asked} asked for", answer.line))
    if limits.max_images is not None and images > limits.max_images:
        problems.append(_problem("too_many_images", f"{_count(images, 'image')}, {asked} asked for", answer.line))
    return problems


def _range(low: int | None, high: int | None) -> str:
    if low is None or high is None or low == high:
        return str(low if high is None else high)
    return f"{low} to {high}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _figure_problems(answer: Answer, figures: FigureFinder) -> list[Problem]:
    problems = []
    for image in answer.images:
        written = image.written if len(image.written) <= 120 else image.written[:120] + "…"
        if image.template_own:
            problems.append(_problem("image_is_templates", f"{written} is the template's own figure.", image.line))
        elif not image.exists:
            code = "image_remote" if is_remote(image.written) else "image_missing"
            problems.append(_problem(code, f"{written}: {image.problem}.", image.line))
        elif image.problem:
            problems.append(_problem("image_unreadable", f"{written}: {image.problem}.", image.line))
        elif figures.is_misplaced(image):
            message = f"{written} does not lead there, but {image.path} was meant."
            problems.append(_problem("image_misplaced", message, image.line))
        if image.linked and image.exists:
            message = f"{written} is written as a link, so it is not shown as an image."
            problems.append(_problem("image_as_link", message, image.line))
    return problems

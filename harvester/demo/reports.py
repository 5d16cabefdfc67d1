"""Invented reports on the real templates' text."""

import textwrap
from collections.abc import Collection, Iterator, Mapping
from typing import Literal

from harvester.models.template import Limits, Question, Template

_WIDTH = 116
Style = Literal["template", "formatted"]


def render_report(
    template: Template,
    ticks: Collection[str],
    answers: Mapping[int, str | None],
    style: Style = "template",
) -> bytes:
    """A report as a group would hand it in.

    Parameters
    ----------
    template
        The generation whose headings, items and prompts the report keeps.
    ticks
        Check ids that are ticked.
    answers
        Question number -> answer; the placeholder stays where a number is not there or None.
    style
        `template` keeps the template's wraps; `formatted` is what a Markdown formatter and a Windows editor leave:
        long lines, dashes for bullets, underscores for emphasis, CRLF.
    """
    lines = [f"# {template.title}", "", *_checklist(template, ticks, style)]
    section = ""
    for question in template.questions:
        if question.section != section:
            section = question.section
            lines += [f"## {section}", ""]
        lines += [*_question(question, answers.get(question.number), style), ""]
    newline = "\n" if style == "template" else "\r\n"
    return newline.join(line for text in lines for line in text.split("\n")).encode()


def _checklist(template: Template, ticks: Collection[str], style: Style) -> Iterator[str]:
    if template.sections:
        yield from ("## Overall project checklist", "")
    for intro in template.intros[:1]:
        yield from (*textwrap.wrap(" ".join(intro.split()), _WIDTH if style == "template" else 10_000), "")
    for section in template.sections:
        yield from (f"### {section.title}", "")
        for item in section.items:
            box = "[x]" if item.check in ticks else "[ ]"
            if style == "formatted":
                yield f"- {box} {item.text}"
            else:
                yield from textwrap.wrap(f"* {box} {item.text}", _WIDTH, subsequent_indent="    ")
        yield ""


def _question(question: Question, answer: str | None, style: Style) -> Iterator[str]:
    yield f"### Question {question.number}"
    if style == "formatted":
        yield ""
    mark, slant, width = ("**", "*", _WIDTH) if style == "template" else ("__", "_", 10_000)
    prompt = " ".join(question.prompt.split()).replace("**", "")
    yield from (f"> {mark}{line}{mark}" for line in textwrap.wrap(prompt, width))
    yield ">"
    length = _length(question.limits)
    if length:
        yield from (f"> {length}", ">")
    for example in question.examples[:1]:
        yield "> Example:"
        yield from (f"> {slant}{line}{slant}" for line in textwrap.wrap(" ".join(example.split()), width))
        yield ">"
    yield from ("> Answer:", "")
    yield f"--- question {question.number} fill here ---" if answer is None else answer


def _length(limits: Limits) -> str:
    words = "" if limits.max_words is None else f"{limits.min_words or 0}-{limits.max_words} words"
    images = "" if not limits.max_images else f"{limits.min_images or 0} to {limits.max_images} screenshots"
    both = " + ".join(part for part in (words, images) if part)
    return f"Recommended answer length: {both}." if both else ""

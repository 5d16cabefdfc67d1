"""What of one group is compared: answers and functions, without anything that the course gave out."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from harvester.likeness.prints import LONGEST, cover, make_prints
from harvester.likeness.tokens import word_spans, word_texts
from harvester.models.code import PythonFile
from harvester.models.facts import Facts
from harvester.models.files import Role
from harvester.models.likeness import Passage, PassageKind, Prints
from harvester.models.report import Report
from harvester.models.template import Template

_RUN = 5
"""So many words in a row of the template are the template's."""
_MOST_PASSAGES = 1_000
_MOST_TEXT = 500_000
_ROLES = (Role.PACKAGE, Role.TESTS)


def collect_prints(
    group: str, repo_url: str, facts: Facts, report: Report | None, templates: Sequence[Template]
) -> Prints:
    """One group's answers and functions with their fingerprints; bounded, the first of each kind.

    Left out are the words of all templates, questions without prose, and files and functions of the template, of
    other projects and of the course's exercises. Notebooks are not compared.
    """
    answers = _answers(report, templates) if report else iter(())
    web_url = f"{facts.web_url}/blob/{facts.sha}" if facts.web_url else ""
    passages = tuple(_bound(answers)) + tuple(_bound(_functions(facts)))
    return Prints(group=group, repo_url=repo_url, web_url=web_url, passages=passages)


def _bound(passages: Iterable[Passage]) -> Iterator[Passage]:
    left = _MOST_TEXT
    for count, passage in enumerate(passages):
        left -= len(passage.text)
        if count >= _MOST_PASSAGES or left < 0:
            return
        yield passage


def _answers(report: Report, templates: Sequence[Template]) -> Iterator[Passage]:
    runs = template_runs(tuple(templates))
    prose = {question.id for template in templates for question in template.questions if question.kind == "prose"}
    for answer in report.answers:
        if answer.id in prose and answer.answered:
            text = _take_out(answer.text[:LONGEST], runs)
            yield from _passage(
                PassageKind.ANSWER, f"{answer.number}. {answer.title}", answer.path or report.path, answer.line, text
            )


def _functions(facts: Facts) -> Iterator[Passage]:
    for path, file in sorted(facts.code(*_ROLES), key=lambda item: item[0]):
        text = "" if file.notebook else facts.tree.text(path)
        if text and not facts.is_template(path):
            yield from _functions_of(path, file, text.split("\n"))


def _functions_of(path: str, file: PythonFile, lines: Sequence[str]) -> Iterator[Passage]:
    for function in file.functions:
        if not (function.template or function.nested or function.stub):
            text = "\n".join(lines[function.line - 1 : function.end_line])[:LONGEST]
            yield from _passage(PassageKind.CODE, function.name, path, function.line, text)


def _passage(kind: PassageKind, name: str, path: str, line: int | None, text: str) -> Iterator[Passage]:
    prints = make_prints(kind, text)
    if prints:
        yield Passage(kind=kind, name=name, path=path, line=line, text=text, prints=prints)


@lru_cache(maxsize=4)
def template_runs(templates: tuple[Template, ...]) -> frozenset[tuple[str, ...]]:
    """Every run of words in the templates: prompts, examples, items and intros, of all generations."""
    texts = [text for template in templates for text in (*template.intros, *template.ignore, *template.headings)]
    for template in templates:
        texts += [text for _, item in template.items for text in (item.text, *item.wordings)]
        for question in template.questions:
            texts += [question.prompt, *question.prompts, *question.examples]
    return frozenset(run for text in texts for run in _cut_runs(word_texts(text)))


def _cut_runs(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Each run of words, in their order."""
    return zip(*(words[start:] for start in range(_RUN)), strict=False)


def _take_out(text: str, runs: frozenset[tuple[str, ...]]) -> str:
    """The text without the template's words, which a mark stands for."""
    found = [place for place, run in enumerate(_cut_runs(word_texts(text))) if run in runs]
    if not found:
        return text
    spans = word_spans(text)
    covered = cover(len(spans), found, _RUN)
    parts, at = [], 0
    for place, (start, end) in enumerate(spans):
        if covered[place]:
            if not (place and covered[place - 1]):
                parts.append(text[at:start])
                parts.append("[…]")
            at = end
    return re.sub(r"\[…\](\W*\[…\])+", "[…]", "".join([*parts, text[at:]]))

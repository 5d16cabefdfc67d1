"""The templates' own lines, found again in any file: compared word by word, exactly, whatever the wraps and marks."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from harvester.models.template import Item, Question, Section, Template

Words = tuple[str, ...]

_MODULE = re.compile(r"\(\s{0,3}M\d{1,3}(?:\s{0,3}[+,&/]\s{0,3}M\d{1,3}){0,9}\s{0,3}\)", re.IGNORECASE)
_NUMBER = re.compile(r"\d+")
_WORD = re.compile(r"[^\W_]+")
_LENGTH = re.compile(r"(recommended )?answer length \d+( \d+)?( words)?\b.*")
_BETWEEN = r"[\s.,;:`*_~]*"
_LONG_WORD = 8
LABELS = (("answer",), ("answers",), ("example",), ("examples",))


@lru_cache(maxsize=4_000)  # most lines are the template's, and each is asked for in several ways
def words_of(text: str) -> Words:
    """The words of a text in lower case, without "(M17)", marks and punctuation."""
    return tuple(_WORD.findall((_MODULE.sub(" ", text) if "(" in text else text).casefold()))


def modules_of(text: str) -> list[str]:
    """The numbers of the course's modules that a line names: 2 and 6 for "(M2 + M6)"."""
    return [number for found in _MODULE.findall(text) for number in _NUMBER.findall(found)]


def end_of_words(text: str, count: int, closing: str) -> int:
    """Where the first `count` words of a text end; their `closing` marks and "(M17)" behind them are theirs."""
    blank = _MODULE.sub(lambda match: " " * len(match[0]), text)
    end = 0
    for number, match in enumerate(_WORD.finditer(blank), start=1):
        end = match.end()
        if number == count:
            break
    marks = "".join(_BETWEEN + re.escape(mark) for mark in closing)
    own = re.compile(f"(?:{marks})?(?:{_BETWEEN}{_MODULE.pattern})?", re.IGNORECASE).match(text, end)
    return own.end() if own else end


def _closing(text: str) -> str:
    """The marks behind a line's last word that end it: `?`, or the `)` of words in brackets."""
    return re.sub(r".*[^\W_]|[\s.,;:`*_~]", "", _MODULE.sub("", text), flags=re.DOTALL)


@dataclass(frozen=True)
class ItemWording:
    """One wording of one checklist line of one generation; `closing` are the marks behind its last word."""

    words: Words
    closing: str
    template: Template
    section: Section
    item: Item


@dataclass(frozen=True)
class PromptWording:
    """One wording of one question of one generation."""

    words: Words
    template: Template
    question: Question


class Wordings:
    """Every line of every generation, ready to be looked up."""

    def __init__(self, templates: Sequence[Template]) -> None:
        self.templates = tuple(templates)
        self.items: dict[Words, list[ItemWording]] = defaultdict(list)
        self.prompts: dict[Words, list[PromptWording]] = defaultdict(list)
        self.headings: set[Words] = set()
        self.own_text: dict[str, str] = {}
        self.examples: dict[str, set[Words]] = defaultdict(set)
        intros: list[Words] = []
        ignored: list[Words] = []
        for template in templates:
            self._add_items(template)
            self._add_questions(template)
            self.headings |= {words_of(heading) for heading in template.headings}
            intros += map(words_of, template.intros)
            ignored.append(words_of(" ".join(template.ignore)))
        for prompts in self.prompts.values():
            prompts.sort(key=lambda one: -len(one.words))
        self.intros = _joined(intros)
        self.ignored = _joined(ignored)
        self.ignored_signs = {word for words in ignored for word in words if len(word) >= _LONG_WORD}
        self.figures = {blob for template in templates for blob in template.figures}
        self.prompt_start = _start_pattern(self.prompts)

    def _add_items(self, template: Template) -> None:
        for section in template.sections:
            self.headings.add(words_of(section.title))
            for item in section.items:
                for text in (item.text, *item.wordings):
                    words = words_of(text)
                    self.items[words[:2]].append(ItemWording(words, _closing(text), template, section, item))

    def _add_questions(self, template: Template) -> None:
        for question in template.questions:
            titles = question.section, question.title, f"{question.number} {question.title}"
            self.headings |= {words_of(title) for title in titles}
            prompts = [words_of(text) for text in (question.prompt, *question.prompts)]
            examples = [words_of(text) for text in question.examples]
            for words in prompts:
                self.prompts[words[:2]].append(PromptWording(words, template, question))
            self.examples[question.id].update(examples)
            self.own_text[question.id] = self.own_text.get(question.id, "") + _joined([*prompts, *examples])

    def is_own(self, question_id: str, text: str) -> bool:
        """Whether a line of a question's block is the template's: of its prompt, example, length or labels."""
        words = words_of(text)
        prompt = max((one.words for one in self.find_prompt(words)), default=())
        words = words[len(prompt) :]
        while words[:1] in LABELS and words[1:2] != ("length",):
            words = words[1:]
        line = " ".join(words)
        own = self.own_text.get(question_id, "")
        return not words or _LENGTH.fullmatch(line) is not None or f" {line} " in own

    def is_intro(self, text: str) -> bool:
        """Whether a line belongs to the paragraphs that the template has under its headings."""
        words = words_of(text)
        return bool(words) and f" {' '.join(words)} " in self.intros

    def is_ignored(self, text: str) -> bool:
        """Whether a line is one of those that a template shipped by accident."""
        words = words_of(text)
        return bool(words) and f" {' '.join(words)} " in self.ignored

    def find_prompt(self, words: Words) -> list[PromptWording]:
        """The longest prompts that a text begins with, one per generation that has that wording."""
        hits = [one for one in self.prompts.get(words[:2], ()) if words[: len(one.words)] == one.words]
        return [one for one in hits if one.words == hits[0].words]

    def worded(self, words: Words) -> list[ItemWording]:
        """Every generation's items that are worded so."""
        return [one for one in self.items.get(words[:2], ()) if one.words == words]

    def find_item(self, words: Words, template: Template) -> ItemWording | None:
        """The item whose wording a line is or begins with: a whole one, then the generation's own, then the longest."""
        nearly = (one for start in dict.fromkeys((words[:2], words[:1])) for one in self.items.get(start, ()))
        hits = [one for one in nearly if words[: len(one.words)] == one.words]
        return min(
            hits,
            key=lambda one: (one.words != words, one.template.id != template.id, -len(one.words)),
            default=None,
        )


def _joined(texts: Iterable[Words]) -> str:
    return "".join(f" {' '.join(words)} |" for words in texts if words)


def _start_pattern(prompts: Iterable[Words]) -> re.Pattern[str]:
    """Finds the lines that begin as some prompt does, behind quote marks, bold and a question number."""
    starts = "|".join(sorted(r"[\W_]{1,6}".join(map(re.escape, start)) for start in prompts if start))
    return re.compile(rf"(?im)^[^\w\n]{{0,40}}+(?:question\W{{1,4}}\d{{1,3}}[^\w\n]{{1,12}})?(?:{starts or '(?!)'})\b")


@lru_cache(maxsize=8)
def _cached(templates: tuple[Template, ...]) -> Wordings:
    return Wordings(templates)


def wordings_of(templates: Sequence[Template]) -> Wordings:
    """The lines of these generations; made once per set of them."""
    return _cached(tuple(templates))


def all_items(wordings: Wordings) -> Iterator[ItemWording]:
    """Every wording of every item."""
    for ones in wordings.items.values():
        yield from ones

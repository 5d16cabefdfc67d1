"""One file read as a report: its generation, its blocks, its answers' text and its checklist."""

from dataclasses import dataclass, field

from harvester.models.template import Question, Template
from harvester.report.blocks import Block, find_blocks
from harvester.report.checklist import Checklist, read_checklist
from harvester.report.cutting import Cut, cut_answer
from harvester.report.lines import FenceFinder
from harvester.report.sightings import Sightings, choose_template


@dataclass(frozen=True)
class CutAnswer:
    """A question's answer in one file. `others` are the lines (0-based) of further blocks of the same question."""

    question: Question
    block: Block
    cut: Cut
    others: tuple[int, ...] = ()


@dataclass(frozen=True)
class Draft:
    """A file that holds the template's text."""

    path: str
    text: str
    sightings: Sightings
    template: Template
    confidence: float
    answers: dict[int, CutAnswer] = field(default_factory=dict)
    checklist: Checklist = field(default_factory=Checklist)
    added: tuple[Block, ...] = ()
    """Questions that the group added to the template's."""

    @property
    def content(self) -> int:
        """How much in it is the group's own: answers and ticks."""
        return sum(bool(answer.cut.texts) for answer in self.answers.values()) + self.checklist.ticked

    @property
    def is_whole(self) -> bool:
        """Whether every question is there, and the checklist where the generation has one."""
        questions = all(question.number in self.answers for question in self.template.questions)
        return questions and bool(self.checklist.ticks or not self.template.sections)


def draft_file(path: str, text: str, sightings: Sightings) -> Draft:
    """Read a file on the generation that it was written on."""
    chosen, confidence = choose_template([sightings], sightings.wordings.templates)
    return redraft(Draft(path, text, sightings, chosen, confidence), chosen, confidence)


def redraft(draft: Draft, template: Template, confidence: float) -> Draft:
    """The same file, read on this generation."""
    fences = FenceFinder()
    blocks = find_blocks(draft.sightings, template, fences)
    answers = _cut_answers(draft.sightings, template, blocks, fences)
    inside = [range(one.block.start, one.block.end) for one in answers.values()]
    code = {one.cut.first + index for one in answers.values() for index in one.cut.code}
    checklist = read_checklist(draft.sightings, template, inside, code)
    known = {question.number for question in template.questions}
    added = tuple(block for block in blocks if block.number not in known)
    return Draft(draft.path, draft.text, draft.sightings, template, confidence, answers, checklist, added)


def _cut_answers(
    sightings: Sightings, template: Template, blocks: list[Block], fences: FenceFinder
) -> dict[int, CutAnswer]:
    """The answer of each question; where a question has several blocks, of the first that is answered."""
    questions = {question.number: question for question in template.questions}
    found: dict[int, CutAnswer] = {}
    for block in blocks:
        question = questions.get(block.number)
        if question is None:
            continue
        cut = cut_answer(sightings, block, question, fences)
        earlier = found.get(block.number)
        if earlier is None:
            found[block.number] = CutAnswer(question, block, cut)
        elif cut.texts and not earlier.cut.texts:
            found[block.number] = CutAnswer(question, block, cut, (*earlier.others, earlier.block.start))
        else:
            others = (*earlier.others, block.start)
            found[block.number] = CutAnswer(question, earlier.block, earlier.cut, others)
    return found

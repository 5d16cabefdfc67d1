"""Reading a report: where it is, which generation it is, how much it says, who wrote it; and any bytes at all."""

import re
import time
import tracemalloc
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import harvester
from harvester.config import load_templates
from harvester.demo.reports import render_report
from harvester.models.group import Group, Member
from harvester.models.problems import PARTS, PROBLEMS, render_reference, title_of
from harvester.models.report import Report
from harvester.models.status import Claim
from harvester.models.template import Item, Limits, Section
from harvester.report import compare_members, explain_missing, find_report, judge_members, read_report
from harvester.report.members import read_group_number, read_members
from harvester.report.prose import count_as_course, count_words
from harvester.report.wording import words_of
from tests.support.reports import NEW, OLD, PNG, TEMPLATES, read_text
from tests.support.repos import Link
from tests.support.snapshots import make_tree

CHECKLIST = "## What you did\n\n* [x] Prepare the soil in `beds` (M1)\n* [ ] Set up a plan for watering (M4)\n"


def ask(number: int, answer: str) -> str:
    """A question of the newer template with an answer."""
    question = NEW.questions[number - 1]
    return f"### Question {number}\n\n> **{question.prompt}**\n>\n> Answer:\n\n{answer}\n\n"


def write(*answers: str) -> str:
    """A report of the newer template with answers to its questions, in their order."""
    return "".join(ask(number, answer) for number, answer in enumerate(answers, start=1))


FULL = CHECKLIST + write("7", "s000001, s000002", "We grew peas.", "![growth](figures/a.png)")
BLANK = CHECKLIST.replace("[x]", "[ ]") + write(*(f"--- question {number} fill here ---" for number in (1, 2, 3, 4)))


def codes(report: Report | None) -> set[str]:
    """The codes of the problems of the whole report."""
    assert report is not None
    return {problem.code for problem in report.problems}


def answer_codes(report: Report, number: int) -> list[str]:
    """The codes of one answer's problems."""
    return [problem.code for problem in report.answers[number - 1].problems]


class TestFinding:
    def test_the_expected_file_is_read_and_nothing_else(self) -> None:
        tree = make_tree({"reports/README.md": FULL, "docs/report.md": FULL + "more"})
        report = read_report(tree, TEMPLATES)
        assert report is not None and report.path == "reports/README.md"
        assert codes(report) == {"items_missing"}

    @pytest.mark.parametrize("path", ["reports/report.md", "Reports/readme.MD", "EXAM.md", "docs/exam/final.markdown"])
    def test_a_moved_report_is_found_and_said(self, path: str) -> None:
        report = read_report(make_tree({"README.md": "# Our garden\n", path: FULL, "src/grow.py": ""}), TEMPLATES)
        assert report is not None
        assert (report.path, report.answers[2].text) == (path, "We grew peas.")
        assert "report_moved" in codes(report)

    def test_an_untouched_copy_of_the_template_does_not_win(self) -> None:
        files = {"reports/README.md": BLANK, ".github/agents/course.md": BLANK, "docs/answers.md": FULL}
        report = read_report(make_tree(files), TEMPLATES)
        assert report is not None and report.path == "docs/answers.md"

    def test_a_thin_report_in_its_place_beats_a_copy_that_says_little_more(self) -> None:
        half = CHECKLIST + write("7", "s000001", "We grew beans.", "--- question 4 fill here ---")
        report = read_report(make_tree({"reports/README.md": half, "docs/answers.md": FULL}), TEMPLATES)
        assert report is not None and report.answers[2].text == "We grew beans."

    def test_answers_over_several_files(self) -> None:
        files: dict[str, str | bytes] = {
            "reports/one.md": CHECKLIST + write("7", "s000001"),
            "reports/two.md": ask(3, "We grew peas.") + ask(4, "![growth](figures/a.png)"),
            "reports/figures/a.png": PNG,
        }
        report = read_report(make_tree(files), TEMPLATES)
        assert report is not None
        assert [answer.answered for answer in report.answers] == [True] * 4
        assert [answer.path for answer in report.answers] == [None, None, "reports/two.md", "reports/two.md"]
        assert report.answers[3].images[0].exists
        assert codes(report) >= {"report_moved", "report_split"}

    def test_a_checklist_in_another_file_counts_only_where_the_report_has_none(self) -> None:
        own = CHECKLIST.replace("[x]", "[ ]")
        answers = write("7", "s000001", "We grew peas.", "None.")
        report = read_report(make_tree({"reports/README.md": answers, "CHECKLIST.md": CHECKLIST * 2}), TEMPLATES)
        assert report is not None and report.checklist_path == "CHECKLIST.md"
        assert report.ticks[0].claim is Claim.TICKED and "checklist_elsewhere" in codes(report)
        files = {"reports/README.md": own + answers, "CHECKLIST.md": CHECKLIST * 2}
        report = read_report(make_tree(files), TEMPLATES)
        assert report is not None and report.checklist_path is None
        assert report.ticks[0].claim is Claim.UNTICKED

    def test_an_unticked_copy_of_the_checklist_claims_nothing(self) -> None:
        copy = CHECKLIST.replace("[x]", "[ ]") + "* [ ] Keep the weeds out of the beds all the time (M5)\n"
        files = {"reports/README.md": write("7", "s000001", "We grew peas.", "None."), ".github/agents/a.md": copy}
        report = read_report(make_tree(files), TEMPLATES)
        assert report is not None and report.ticks == () and "checklist_missing" in codes(report)

    def test_vendored_folders_are_not_looked_at(self) -> None:
        assert find_report(make_tree({"site-packages/garden/README.md": FULL}), TEMPLATES) == []

    @pytest.mark.parametrize(
        ("files", "said"),
        [
            ({"README.md": "# Our garden\n"}, "No report was found"),
            ({"reports/README.md": "# Our garden\n"}, "holds none of the template's text"),
            ({"reports/README.md": None}, "too large to be in the mirror"),
            ({"reports/README.md": b"a\0b"}, "no text"),
            ({"reports/README.md": Link("../README.md")}, "symbolic link"),
        ],
    )
    def test_no_report_has_a_reason(self, files: dict[str, str | bytes | Link | None], said: str) -> None:
        tree = make_tree(files)
        assert read_report(tree, TEMPLATES) is None
        assert said in explain_missing(tree, TEMPLATES)


class TestGeneration:
    def test_each_is_detected(self) -> None:
        old = FULL.replace(NEW.questions[2].prompt, OLD.questions[2].prompt).replace(" in `beds` (M1)", ".")
        assert (read_text(FULL).template, read_text(old).template) == (NEW.id, OLD.id)

    def test_confidence_is_the_share_of_lines_that_are_there(self) -> None:
        assert read_text(FULL).confidence == 0.75
        assert read_text(write("7", "s000001")).confidence == 0.25

    def test_every_question_of_the_generation_is_there(self) -> None:
        report = read_text(ask(3, "We grew peas."))
        assert [answer.id for answer in report.answers] == ["group_number", "members", "plants", "curve"]
        assert answer_codes(report, 1) == ["question_missing"]
        assert report.answers[0].line is None


class TestConstraints:
    def test_too_short_and_too_long(self) -> None:
        assert answer_codes(read_text(ask(3, "Peas.")), 3) == ["too_short"]
        assert answer_codes(read_text(ask(3, "pea " * 13)), 3) == ["too_long"]
        assert answer_codes(read_text(ask(3, "pea " * 12)), 3) == []

    def test_images_that_are_not_there_do_not_count(self) -> None:
        files = {"reports/figures/a.png": PNG, "reports/figures/b.png": PNG, "reports/figures/c.png": PNG}
        text = ask(4, "![](figures/a.png) ![](figures/b.png) ![](figures/c.png)")
        assert answer_codes(read_text(text, files), 4) == ["too_many_images"]
        assert answer_codes(read_text(text, {"reports/figures/a.png": PNG}), 4) == ["image_missing", "image_missing"]
        assert answer_codes(read_text(text), 4)[0] == "too_few_images"

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("We grew peas, and state-of-the-art beans.", 6),
            ("We ran\n\n```\na b c\n```\n\nand `grow.py`.", 4),
            ("See [the plan](https://example.org/a/b c) or <https://example.org> or https://example.org/x", 5),
            ("![two words](figures/a.png) Peas <br> grew <!-- not these -->", 2),
            ("| a | b |\n| --- | --- |\n- one\n# two", 4),
            ("blomster — ærter … 3 %", 3),
            ("", 0),
        ],
    )
    def test_words_of_prose(self, text: str, words: int) -> None:
        report = read_text(ask(3, text))
        assert report.answers[2].words == words

    def test_words_without_code(self) -> None:
        assert count_words(["a", "```", "b", "```", "c"], {1, 2, 3}) == 2

    def test_the_course_counts_otherwise(self) -> None:
        report = read_text(FULL.replace("We grew peas.", "We grew `peas` ![a](figures/none.png) here."))
        answer = report.answers[2]
        assert (answer.words, answer.course_words, answer.course_images, answer.course_passes) == (4, 5, 1, True)
        assert report.answers[0].course_passes is None
        assert report.answers[3].course_passes is True

    def test_the_course_cuts_at_headings(self) -> None:
        answer = read_text(FULL.replace("We grew peas.", "We grew\n### Peas\nand more of them.")).answers[2]
        assert (answer.course_words, answer.course_passes, answer.words) == (2, False, 7)

    @pytest.mark.parametrize(
        "text", [FULL.replace("Answer:", "", 1), FULL + "\n### Question 5\n", FULL.encode("latin-1") + b"\xe6"]
    )
    def test_the_course_gives_up(self, text: str | bytes) -> None:
        report = read_text(text)
        assert {answer.course_passes for answer in report.answers} == {None}
        assert "course_checker_gives_up" in codes(report)

    def test_a_course_without_a_checker_has_none_that_gives_up(self) -> None:
        asked = tuple(one.model_copy(update={"course_limits": Limits()}) for one in NEW.questions)
        template = NEW.model_copy(update={"questions": asked})
        text = FULL.replace("Answer:", "", 1)
        report = read_report(make_tree({"reports/README.md": text}), [template])
        assert report is not None
        assert "course_checker_gives_up" not in codes(report)

    def test_the_course_counts_images_within_a_line(self) -> None:
        counts = count_as_course("Answer: ![a](b) ![c\n](d) ![](e) ![f](", 1)
        assert counts is not None and counts[0].images == 2


class TestOtherForms:
    """A course whose questions stand under headings of their own, or none, and whose answers follow at once."""

    TEXT = (
        "## Growing\n\n### 3. Plants\n\nWhich plants did you grow and why did you choose them?\n\n"
        "Peas, for the soup.\n\n### Curve\n\n"
        "Upload 1 to 2 images of the growth and explain what they show.\n\nThey grew.\n"
    )
    PLAIN = NEW.model_copy(update={"numbered": False, "labelled": False, "questions": NEW.questions[2:]})

    def test_nothing_is_gone_that_was_never_there(self) -> None:
        report = read_report(make_tree({"reports/README.md": self.TEXT}), [self.PLAIN])
        assert report is not None
        assert [answer.text for answer in report.answers] == ["Peas, for the soup.", "They grew."]
        assert [problem.code for answer in report.answers for problem in answer.problems] == ["too_few_images"]

    @pytest.mark.parametrize(("key", "code"), [("numbered", "heading_missing"), ("labelled", "label_missing")])
    def test_what_the_template_has_is_missed(self, key: str, code: str) -> None:
        template = self.PLAIN.model_copy(update={key: True})
        report = read_report(make_tree({"reports/README.md": self.TEXT}), [template])
        assert report is not None
        assert [problem.code for problem in report.answers[0].problems] == [code]


def test_an_item_of_one_word_may_have_more_behind_it() -> None:
    items = tuple(
        Item(check=check, text=text) for check, text in (("docs", "Docs"), ("tests", "Tests"), ("ci", "Tests in CI"))
    )
    template = NEW.model_copy(update={"sections": (Section(title="Done", items=items),)})
    text = "* [x] Docs, see the folder\n* [ ] Tests: none\n* [x] Tests in CI\n" + write("7", "s000001", "Peas.", "x")
    report = read_report(make_tree({"reports/README.md": text}), [template])
    assert report is not None
    assert [(tick.check, tick.claim) for tick in report.ticks] == [
        ("docs", Claim.TICKED),
        ("tests", Claim.UNTICKED),
        ("ci", Claim.TICKED),
    ]


def judge(number: str, members: str, roster: Iterable[str] = ()) -> Report:
    """The report of a group and its members, where the roster has these ids."""
    group = Group(id="7", members=tuple(Member(id=one) for one in roster))
    return judge_members(read_text(write(number, members, "x", "y")), group)


class TestMembers:
    def test_numbers_are_read(self) -> None:
        report = judge("Group 007", "*S000001*, s 000002 and s000001@student.example.org")
        assert (report.group_number, report.member_ids) == ("7", ("s000001", "s000002"))
        assert answer_codes(report, 2) == ["member_twice"]

    def test_malformed_numbers_are_said(self) -> None:
        report = judge("seven", "s00001, s0000002, 000003")
        assert answer_codes(report, 1) == ["group_number_unreadable"]
        assert answer_codes(report, 2) == ["member_malformed"] * 3
        assert (report.group_number, report.member_ids) == (None, ("s000003",))

    def test_none_at_all_is_said(self) -> None:
        assert answer_codes(judge("7", "Ida and Bo"), 2) == ["members_unreadable"]
        assert answer_codes(judge("7", "1. Ida (2026), 2. Bo"), 2) == ["members_unreadable"]

    @pytest.mark.parametrize("text", ["Ida (ka-1001)", "Ida: abc123", "KA10012 and KA10013"])
    def test_ids_of_other_forms_are_some(self, text: str) -> None:
        """A student who looks before the deadline has no roster that could tell."""
        assert answer_codes(judge("7", text), 2) == []

    def test_the_roster_is_compared(self) -> None:
        report = read_text(write("8", "s000001, s000004", "x", "y"))
        group = Group(id="7", members=(Member(id="s000001"), Member(id="S000002")))
        found = compare_members(report, group)
        assert [problem.code for problem in found] == ["group_number_differs", "member_missing", "member_extra"]
        assert [problem.line for problem in found] == [7, 15, 15]

    def test_a_right_report_is_quiet(self) -> None:
        report = read_text(FULL)
        members = (Member(id="s000002"), Member(id="s000001"))
        assert compare_members(report, Group(id="group 07", members=members)) == ()
        assert compare_members(report, Group(id="the peas")) == ()

    def test_without_a_roster_the_report_is_only_held_against_itself(self) -> None:
        report = read_text(write("8", "s000001, s000004", "We grew peas.", "![growth](figures/a.png)"))
        assert compare_members(report, None) == ()

    def test_other_members_than_study_numbers_accuse_nobody(self) -> None:
        group = Group(id="7", members=(Member(id="s000001"), Member(id="ida")))
        assert compare_members(read_text(FULL), group) == ()

    @pytest.mark.parametrize(
        ("roster", "text", "codes"),
        [
            (("ka-1001", "ka-1002"), "Ida (ka-1001) and Bo (KA-1002)", []),
            (("ka-100123",), "Ida, ka-100123", []),
            (("ka-1001",), "Ida, ka-1003", ["members_unreadable"]),
            (("ida@uni.example",), "Ida, ka-1003", []),
            (("s1234567",), "s1234567 and s7654321", []),
            (("123456",), "123456", []),
            (("123456",), "123457", ["member_malformed"]),
            (("ida@uni.example",), "Ida and Bo", ["members_unreadable"]),
            (("ida@uni.example",), "s000001", []),
            (("s000001",), "s1234567", ["member_malformed"]),
            ((), "s1234567", ["member_malformed"]),
        ],
    )
    def test_what_is_an_id_is_the_rosters_to_say(self, roster: tuple[str, ...], text: str, codes: list[str]) -> None:
        """Other universities' are no malformed ones of DTU."""
        assert answer_codes(judge("7", text, roster), 2) == codes

    def test_reading(self) -> None:
        assert read_group_number("7 or 8") is None
        assert read_members("s0000011 and xs000002") == ()
        assert read_members("Ida: 10000001\n- Bo (10000002), 10000001") == ("10000001", "10000002")
        assert read_members("s000001 (10000001)") == ("s000001",)
        assert read_members("on 2026-01-23, 12.3456789, 1234567890") == ()


class TestOddities:
    def test_conflict_markers(self) -> None:
        text = FULL.replace("We grew peas.", "<<<<<<< HEAD\nWe grew peas.\n=======\nBeans.\n>>>>>>> main")
        problem = next(one for one in read_text(text).problems if one.code == "conflict_markers")
        assert text.split("\n")[(problem.line or 0) - 1] == "<<<<<<< HEAD"

    @pytest.mark.parametrize("text", [f"# Beds\n\n<!-- \n{FULL}-->\n", f"# Beds\n\n<!--{FULL}"], ids=["closed", "open"])
    def test_a_report_in_a_comment_is_read_and_it_is_said(self, text: str) -> None:
        """GitHub shows nothing of it; what is written there counts all the same, until a person has looked."""
        report = read_text(text)
        problem = next(one for one in report.problems if one.code == "report_in_comment")
        assert problem.line == 3
        assert "5 of 5 answers and ticks" in problem.message
        assert report.ticks[0].claim is Claim.TICKED

    @pytest.mark.parametrize(
        "text",
        [
            FULL.replace("We grew peas.", "<!-- a note\nto ourselves -->\nWe grew peas."),
            "<!-- a note -->\n" + FULL,
            FULL.replace("We grew peas.", "```html\n<!-- our page\n```\nWe grew peas."),
            "We write `<!--` for a comment <!--\n\n" + FULL,
        ],
        ids=["a note", "a closed line", "code", "within a line"],
    )
    def test_a_comment_beside_the_answers_hides_no_report(self, text: str) -> None:
        assert "report_in_comment" not in codes(read_text(text))

    def test_a_tick_far_behind_the_checklist_is_no_part_of_it(self) -> None:
        """Close behind, the same line is the group's own correction."""
        line = "* [ ] Set up a plan for watering (M4)"
        for blanks, claim in ((3, Claim.TICKED), (200, Claim.UNTICKED)):
            twice = line + "\n" * blanks + line.replace("[ ]", "[x]") + "\n"
            report = read_text(CHECKLIST.replace("[x]", "[ ]").replace(line, twice) + FULL[len(CHECKLIST) :])
            assert [tick.claim for tick in report.ticks if tick.check == "watering"] == [claim]

    def test_an_untouched_report(self) -> None:
        assert "report_untouched" in codes(read_text(BLANK))

    def test_other_encodings(self) -> None:
        text = FULL.replace("peas", "ærter")
        for data in (text.encode("utf-8-sig"), text.encode("latin-1"), text.encode("utf-16")):
            assert read_text(data).answers[2].text == "We grew ærter."

    def test_the_same_bytes_give_the_same_report(self) -> None:
        assert read_text(FULL) == read_text(FULL)


class TestProblemTable:
    def test_every_code_of_the_program_is_in_it(self) -> None:
        root = Path(harvester.__file__).parent
        text = "\n".join(
            path.read_text("utf-8") for path in root.rglob("*.py") if not path.is_relative_to(root / "demo")
        )
        used = set(re.findall(r'(?:\bcode=|_problem\(\s*|\bcode = )"([a-z_]+)"', text))
        assert len(used) > 30
        assert used - PROBLEMS.keys() == set()

    def test_no_code_has_two_meanings(self) -> None:
        assert sum(map(len, PARTS.values())) == len(PROBLEMS)

    def test_the_reference_names_all(self) -> None:
        reference = render_reference()
        assert all(f"| `{code}` | {kind.title} |" in reference for code, kind in PROBLEMS.items())
        assert title_of("too_short") == "Too few words" and title_of("of_older_days") == "of older days"


PIECES = """### Question 3
> **Which plants did you grow and why did you choose them?**
> Answer:
Answer: peas
--- question 3 fill here ---
* [x] Set up a plan for watering (M4)
flurbl gnaarwopple zzt
```
~~~
[ ]( ![ ` > <!-- --> <img src= --- \0 \u2028 ærter"""
"""What reports hold, by lines; the last line's by words."""

_SIGNS = PIECES.rpartition("\n")[2].split(" ")
_MIX = st.sampled_from([*(line + "\n" for line in PIECES.split("\n")), *_SIGNS, "\n", "\r\n", "\t", "    "])
UNITS: tuple[str, ...] = (
    "[",
    "`",
    "`` ",
    "> ",
    "\n",
    "* ",
    "![",
    "](",
    "<!--",
    "### Question 3\n",
    "- [ ] a\n",
    "Answer: ",
    "- a\n",
)
UNITS += ("```\n", "a\n", "> Answer:\n", "--", "\0a", "\r", "![a](b.png)\n", "1. a\n")


class TestAnything:
    @given(st.binary(max_size=3000))
    @settings(max_examples=60, deadline=None)
    def test_any_bytes(self, data: bytes) -> None:
        read_report(make_tree({"reports/README.md": data}), TEMPLATES)

    @given(st.lists(_MIX, max_size=60).map("".join))
    @settings(max_examples=150, deadline=None)
    def test_any_mix_of_what_reports_hold(self, text: str) -> None:
        report = read_report(make_tree({"reports/README.md": text}), TEMPLATES)
        if report is None:
            return
        lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        for answer in report.answers:
            assert answer.answered or not answer.text
            if answer.line is not None:
                assert 1 <= answer.line <= (answer.end_line or 0) <= len(lines)
        Report.model_validate_json(report.model_dump_json())

    @given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=300))
    @settings(max_examples=100, deadline=None)
    def test_an_answer_s_words_are_never_lost(self, text: str) -> None:
        """Whatever a group writes that holds nothing of the template's comes out with all its words."""
        words = re.findall(r"[a-zæøå]+", text)
        plain = " ".join(words)
        if plain:
            assert read_text(ask(3, f"--- We say {plain} here. ---")).answers[2].text == f"We say {plain} here."

    @pytest.mark.parametrize("unit", UNITS)
    def test_a_megabyte_of_anything_in_bounded_time(self, unit: str) -> None:
        text = FULL.replace("We grew peas.", unit * (900_000 // len(unit)))
        tree = make_tree({"reports/README.md": text})
        start = time.process_time()
        read_report(tree, TEMPLATES)
        assert time.process_time() - start < 4, "on a machine that does nothing else it is under 2 s"

    def test_bounded_memory(self) -> None:
        tree = make_tree({"reports/README.md": FULL.replace("We grew peas.", "\n" * 250_000)})
        tracemalloc.start()
        try:
            read_report(tree, TEMPLATES)
            assert tracemalloc.get_traced_memory()[1] < 60_000_000, "a megabyte of blank lines takes four times as much"
        finally:
            tracemalloc.stop()


def _elsewhere(year: str, own: int, other: int, *, path: str = "CHECKLIST.md") -> Report:
    """A whole report with so many ticks, beside a file with the list of 2023 and so many of its own."""
    templates = load_templates("dtu-02476")
    template = next(one for one in templates if one.id.endswith(year))
    listed = next(one for one in templates if one.id.endswith("2023"))
    answers = {question.number: "We wrote tests of the data and of the model." for question in template.questions}
    text = render_report(template, [item.check for _, item in template.items][:own], answers)
    lines = (f"* [{'x' if n < other else ' '}] {item.text}\n" for n, (_, item) in enumerate(listed.items))
    report = read_report(make_tree({"reports/README.md": text, path: f"# Checklist\n\n{''.join(lines)}"}), templates)
    assert report and report.path == "reports/README.md"
    return report


def _ticked(report: Report) -> int:
    return sum(tick.claim is Claim.TICKED for tick in report.ticks)


@pytest.mark.parametrize(("year", "why"), [("2022", "template has none"), ("2023", "own"), ("2026", "own")])
def test_a_list_that_is_ticked_in_another_file_is_told_and_claims_nothing(year: str, why: str) -> None:
    """The template of 2022 had no list: the course's page had it, and groups copied it into files of their own."""
    report = _elsewhere(year, 0, 20)
    assert (_ticked(report), report.checklist_path) == (0, None)
    (said,) = (problem for problem in report.problems if problem.code == "checklist_copy")
    assert said.path == "CHECKLIST.md"
    assert said.message.startswith("CHECKLIST.md holds a checklist with 20 ticks, which claim nothing;")
    assert said.message.endswith(f"{why}.")


@pytest.mark.parametrize(("year", "own", "other"), [("2023", 1, 20), ("2026", 30, 36), ("2023", 0, 4)])
def test_a_list_in_another_file_is_not_worth_a_word(year: str, own: int, other: int) -> None:
    report = _elsewhere(year, own, other)
    assert (_ticked(report), report.checklist_path) == (own, None)
    assert not [problem for problem in report.problems if problem.code == "checklist_copy"]


def test_the_list_of_the_course_page_of_2022_is_read() -> None:
    template = next(one for one in load_templates("dtu-02476") if one.id.endswith("2023"))
    lines = {item.check: (item.wordings or (item.text,))[-1] for _, item in template.items}
    text = "# Project\n\n" + "".join(f"* [x] {line}\n" for line in lines.values())
    report = read_report(make_tree({"README.md": text}), [template])
    assert report
    assert [tick.check for tick in report.ticks if tick.claim is Claim.TICKED] == list(lines)
    assert [tick.note for tick in report.ticks if tick.note] == []


@pytest.mark.parametrize(("left", "apart"), [(10, 10), (11, 0)])
def test_what_is_one_habit_of_a_report_is_one_problem(left: int, apart: int) -> None:
    template = load_templates("dtu-02476")[-1]
    answers = {question.number: "We wrote tests of the data and of the model." for question in template.questions}
    for number in range(5, 5 + left):
        answers[number] += f"\n\n--- question {number} fill here ---"
    report = read_report(make_tree({"README.md": render_report(template, (), answers)}), [template])
    assert report

    codes = [problem.code for answer in report.answers for problem in answer.problems]
    whole = [problem for problem in report.problems if problem.code == "placeholder_left"]
    assert codes.count("placeholder_left") == apart
    assert codes.count("too_short") > 20
    assert [(problem.message, problem.line is not None) for problem in whole] == (
        [] if apart else [("The template's placeholder was left beside 11 answers.", True)]
    )


def test_a_whole_list_in_other_words_is_read_and_said_once() -> None:
    templates = load_templates("dtu-02476")
    template = max(templates, key=lambda one: one.year)
    first, *items = [item for _, item in template.items]
    reworded = [f"- [x] About {max(words_of(item.text), key=len)} {_module(item.text)}" for item in items]
    text = "\n".join([f"- [x] {first.text}", *reworded])
    report = read_report(make_tree({"reports/README.md": text}), templates)

    assert report is not None
    assert [tick.check for tick in report.ticks if tick.claim == "ticked"] == [item.check for item in (first, *items)]
    said = [one for one in report.problems if one.code == "item_reworded"]
    assert [(one.line, f"{len(items)} of its lines" in one.message) for one in said] == [(2, True)]


def _module(text: str) -> str:
    found = re.search(r"\(M[^)]*\)", text)
    return found[0] if found else ""

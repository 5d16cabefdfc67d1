"""Anonymous grading: nothing by which a group is known is left, and what may be left is said."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harvester.errors import OutputError
from harvester.jobs import LEAKS, say_unmasked
from harvester.models.problem import Problem
from harvester.models.record import Contribution, GroupRecord
from harvester.outputs.anonymous import mask_record
from harvester.outputs.anonymous_key import AnonymousKey, open_key
from harvester.outputs.pages import render_handin, render_index
from tests.support.records import SHA, make_record, with_hosting

KEY = AnonymousKey("0" * 64, {}).extended(["45", "46", "7"])


def record_with(text: str, **group: object) -> GroupRecord:
    record = make_record("45")
    members = tuple(
        member.model_copy(update={"name": name, "github": login})
        for member, (name, login) in zip(
            record.group.members,
            (("Åse Ørsted", "aase-o"), ("Bo Li", "boli99"), ("Max Mark", "mm"), ("Signe Sø Lund", "signe_l")),
            strict=True,
        )
    )
    answer = record.questions[3].model_copy(update={"text": text})
    return record.model_copy(
        update={
            "group": record.group.model_copy(update={"members": members, **group}),
            "questions": (*record.questions[:3], answer, *record.questions[4:]),
        }
    )


def masked_text(text: str) -> str:
    return mask_record(record_with(text), KEY)[0].questions[3].text


def numbers_only(members: str, text: str = "", authors: tuple[str, ...] = ()) -> GroupRecord:
    """A group whose roster has study numbers alone, as the course's own has; `members` answers question 2."""
    record = make_record("45")
    nameless = tuple(one.model_copy(update={"name": None, "github": None}) for one in record.group.members)
    asked = record.questions[1].model_copy(update={"id": "members", "answered": True, "text": members})
    told = record.questions[3].model_copy(update={"text": text})
    wrote = tuple(
        Contribution(member=None, names=(name,), emails=(f"{name.split()[0]}@pc.local",), commits=3, added=1, removed=1)
        for name in authors
    )
    return record.model_copy(
        update={
            "group": record.group.model_copy(update={"members": nameless}),
            "questions": (record.questions[0], asked, record.questions[2], told, *record.questions[4:]),
            "contributions": wrote,
        }
    )


PSEUDONYMS = tuple(KEY.member("45", f"s{number:06d}") for number in range(451, 455))


@pytest.mark.parametrize(
    "members",
    [
        "Ann Example: s000451\nBo Sample: s000452\nCyd van der Proben s123456",
        "| Ann Example | s000451 |\n|---|---|\n| Bo Sample | s000452 |\n| Cyd van der Proben | s123456 |",
        "s000451 (Ann Example), S-000452 (Bo Sample), s123456 (Cyd van der Proben)",
        "1. Ann Example, 000451\n2. Bo Sample, s 000452\n3. Cyd van der Proben, s123456, cyd@uni.example.invalid",
    ],
)
def test_the_answer_on_the_members_shows_pseudonyms_alone(members: str) -> None:
    """Names beside study numbers are the key."""
    masked, _ = mask_record(numbers_only(members), KEY)
    assert masked.questions[1].text == f"{PSEUDONYMS[0]}, {PSEUDONYMS[1]}, [study number]"


def test_an_answer_on_the_members_without_any_number_shows_nothing() -> None:
    masked, _ = mask_record(numbers_only("Ann Example and bo sample"), KEY)
    assert masked.questions[1].text == "[masked]"
    assert mask_record(numbers_only(""), KEY)[0].questions[1].text == ""


def test_names_of_the_answer_on_the_members_are_masked_elsewhere() -> None:
    members = "Ann Example: s000451\nBo Sample: s000452\nCyd van der Proben s123456"
    text = "Ann Example led, bo sample trained, Cyd deployed, Example reviewed."
    masked, _ = mask_record(numbers_only(members, text), KEY)
    ann, bo = PSEUDONYMS[:2]
    assert masked.questions[3].text == f"{ann} led, {bo} trained, [person] deployed, {ann} reviewed."


def test_a_name_of_the_members_that_may_be_anybodys_is_nobodys_pseudonym() -> None:
    """Numbers first and names after them: who is who, nobody can say."""
    masked, _ = mask_record(numbers_only("s000451, s000452: Ann Example and Ann Sample", "Ann, Example, Sample."), KEY)
    assert masked.questions[3].text == "[person], [person], [person]."


def test_words_beside_study_numbers_that_are_no_names_stay_elsewhere() -> None:
    members = "Study number: s000451\nStudent Number s000452\nGroup Members: s000453"
    text = "Study the Number of Students; the Group has Members."
    assert mask_record(numbers_only(members, text), KEY)[0].questions[3].text == text


def test_first_names_of_authors_are_masked() -> None:
    """A roster of study numbers knows no names; the history does."""
    masked, _ = mask_record(numbers_only("s000451", "Ann did it, and Docker ran it.", ("Ann Example",)), KEY)
    assert masked.questions[3].text == "[person] did it, and Docker ran it."


def test_the_courses_own_words_are_nobodys_name() -> None:
    masked, leaks = mask_record(numbers_only("s000451", "Hydra and hydra.", ("Hydra Example",)), KEY)
    assert masked.questions[3].text == "Hydra and hydra."
    assert not [leak for leak in leaks if "hydra" in leak.what]


def test_what_is_odd_about_a_study_number_does_not_tell_it() -> None:
    record = numbers_only("Ann Example s00451, 000452")
    odd = tuple(
        Problem(code="member_malformed", message=message)
        for message in ("“s00451” is no study number (an s and six digits).", "“000452” lacks its s.")
    )
    asked = record.questions[1].model_copy(update={"problems": odd})
    record = record.model_copy(update={"questions": (record.questions[0], asked, *record.questions[2:])})
    first, second = mask_record(record, KEY)[0].questions[1].problems
    assert first.message == "“[study number]” is no study number (an s and six digits)."
    assert second.message == f"“{PSEUDONYMS[1]}” lacks its s."


def test_another_group_number_in_the_report_does_not_tell_the_own() -> None:
    odd = Problem(code="group_number_differs", message="The report says group 12, the roster 45.")
    masked, _ = mask_record(record_with("Nothing.").model_copy(update={"problems": (odd,)}), KEY)
    assert masked.problems[0].message == "The report gives another group number than the roster."


def test_a_first_name_in_small_letters_is_reported() -> None:
    _, leaks = mask_record(record_with("the model of signe"), KEY)
    assert ("answer 4", "still holds “signe”") in {(leak.where, leak.what) for leak in leaks}


def test_a_group_that_no_harvest_came_to_stays_one() -> None:
    later = make_record("45").model_copy(update={"harvested": False})
    assert not mask_record(later, KEY)[0].harvested


@pytest.mark.parametrize(
    "told",
    [
        "Åse Ørsted",
        "ÅSE ØRSTED",
        "Signe",
        "s000451",
        "S000451",
        "s123456",
        "aase-o",
        "@boli99",
        "signe_l",
        "aase@student.example.invalid",
        "https://github.com/example-course/group-45/blob/main/x.py",
        "git@github.com:example-course/group-45.git",
        "https://example-course.github.io/group-45",
        "example-course/group-45",
        "Group 45",
        "gruppe_045",
        "Gruppe 45 Blåbærgrød",
        SHA,
        SHA[:9],
    ],
)
def test_what_tells_the_group_is_masked(told: str) -> None:
    shown = masked_text(f"Before {told} after.")
    assert told.casefold() not in shown.casefold()
    assert shown.startswith("Before ")
    assert shown.endswith(" after.")


@pytest.mark.parametrize(
    "link",
    [
        "https://github.com/somebody-else/other-name/actions/runs/7",
        "git@github.com:somebody-else/other-name.git",
        "https://somebody-else.github.io/other-name",
        "https://raw.githubusercontent.com/somebody-else/other-name/main/a.png",
        "https://wandb.ai/somebody-else/other-name/runs/7",
    ],
)
def test_links_to_any_repository_are_masked(link: str) -> None:
    """A repository may have been renamed, or lie under a member's account."""
    shown = masked_text(f"See {link} there.")
    assert shown == "See [link] there."


@pytest.mark.parametrize(
    "plain",
    [
        "We trained the model with 45 epochs at most.",
        "The maximum was reached; mark the main branch.",
        "See https://docs.example.invalid/guide for more.",
        "A group of 45 pictures, and Max pooling.",
    ],
)
def test_other_words_stay(plain: str) -> None:
    assert masked_text(plain) == plain


def test_one_person_has_one_pseudonym_everywhere() -> None:
    shown = masked_text("Åse wrote it, aase-o pushed it, s000451 signed it.").split()
    assert shown[0] == shown[3] == shown[6]
    assert shown[0].startswith("member-")


def test_a_masked_record_names_nobody_in_any_page() -> None:
    record = record_with("Åse Ørsted and Bo Li wrote this.")
    masked, _ = mask_record(record, KEY)
    pages = render_handin(masked, figures=lambda _: None) + render_index([masked])
    for told in ("Åse", "Ørsted", "aase-o", "boli99", "s000451", "s000454", "group-45", "example-course", SHA[:7]):
        assert told not in pages, told
    assert "Blåbærgrød" not in pages
    assert KEY.group("45") in pages
    assert "example.invalid" not in pages


def test_what_github_tells_names_nobody() -> None:
    record = with_hosting(record_with("Nothing."), text="by Åse Ørsted")
    masked, leaks = mask_record(record, KEY)
    assert masked.ci and masked.github and record.ci and record.github
    told = masked.model_dump_json(include={"ci": {"runs", "reason"}, "github": True, "links": True})
    for name in ("Ørsted", "example-course", "group-45", "group-9", "https://"):
        assert name not in told, name
    assert masked.ci.workflows == record.ci.workflows
    assert [(run.path, run.conclusion) for run in masked.ci.runs] == [
        (run.path, run.conclusion) for run in record.ci.runs
    ]
    assert masked.github.pulls_merged == record.github.pulls_merged
    assert masked.github.fork_of
    assert not masked.links
    assert "workflows" in {leak.where for leak in leaks}


def test_verdicts_and_words_are_untouched() -> None:
    record = make_record("45")
    masked, _ = mask_record(record, KEY)
    assert [(one.id, one.verdict, one.text) for one in masked.checklist] == [
        (one.id, one.verdict, one.text) for one in record.checklist
    ]
    assert [one.words for one in masked.questions] == [one.words for one in record.questions]
    assert [one.commits for one in masked.contributions] == [one.commits for one in record.contributions]


def test_the_answer_to_the_group_number_is_the_pseudonym() -> None:
    record = make_record("45")
    first = record.questions[0].model_copy(update={"text": "45"})
    masked, _ = mask_record(record.model_copy(update={"questions": (first,)}), KEY)
    assert masked.questions[0].text == KEY.group("45")


def test_another_courses_questions_are_masked_by_what_they_ask(tmp_path: Path) -> None:
    """Its ids are its own."""
    record = numbers_only("Ann Example (s000451), Bo Sample")
    number = record.questions[0].model_copy(update={"id": "team_number", "text": "45"})
    members = record.questions[1].model_copy(update={"id": "team"})
    record = record.model_copy(update={"questions": (number, members, *record.questions[2:])})

    masked, _ = mask_record(record, KEY)

    assert [one.text for one in masked.questions[:2]] == [KEY.group("45"), PSEUDONYMS[0]]


@pytest.mark.parametrize(("name", "masked"), [("T45", True), ("A1", False), ("QED", False), ("45", False)])
def test_a_short_name_with_a_number_is_a_name(name: str, masked: bool) -> None:
    """`T45` is what a roster calls a team that gets the id 45; three letters may be any word."""
    record = record_with(f"We are {name}.", name=name)
    text = mask_record(record, KEY)[0].questions[3].text
    assert text == (f"We are {KEY.group('45')}." if masked else f"We are {name}.")


def test_figures_keep_their_paths_so_that_they_can_be_shown() -> None:
    record = make_record("45")
    masked, leaks = mask_record(record, KEY)
    paths = [figure.path for answer in masked.questions for figure in answer.images]
    assert paths == [figure.path for answer in record.questions for figure in answer.images]
    assert any(leak.where == "figures" for leak in leaks)


def test_what_could_not_be_masked_is_reported() -> None:
    _, leaks = mask_record(record_with("the aase-online service of boli99x"), KEY)
    assert ("answer 4", "still holds “boli99”") in {(leak.where, leak.what) for leak in leaks}


def test_masking_is_stable() -> None:
    record = record_with("Åse Ørsted")
    assert mask_record(record, KEY) == mask_record(record, KEY)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300), st.text(max_size=40), st.text(max_size=40))
def test_any_text_can_be_masked(text: str, name: str, login: str) -> None:
    record = record_with(text)
    member = record.group.members[0].model_copy(update={"name": name, "github": login})
    record = record.model_copy(
        update={"group": record.group.model_copy(update={"members": (member,), "repo_url": login})}
    )
    masked, _ = mask_record(record, KEY)
    assert masked.group.id == KEY.group("45")


def test_the_key_keeps_its_pseudonyms_as_groups_come(tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    first = open_key(path, ["1", "2"])
    second = open_key(path, ["2", "3", "1"])
    assert first.group("1") == second.group("1")
    assert len({second.group(one) for one in "123"}) == 3
    assert second.unmask(second.group("3")) == "3"
    assert open_key(path, []) == second


def test_a_thousand_groups_have_a_thousand_pseudonyms() -> None:
    key = AnonymousKey("1" * 64, {}).extended(str(number) for number in range(1000))
    assert len(set(key.groups.values())) == 1000


@pytest.mark.parametrize("content", ["", "{", "[]", json.dumps({"schema": 1, "secret": "x", "groups": {"1": 2}})])
def test_a_damaged_key_is_never_replaced(tmp_path: Path, content: str) -> None:
    path = tmp_path / "key.json"
    path.write_text(content)
    with pytest.raises(OutputError, match="cannot be read"):
        open_key(path, ["1"])
    assert path.read_text() == content


def test_the_run_says_where_masking_came_to_its_end(tmp_path: Path) -> None:
    """Rather than leave it to be found in a folder."""
    for group, text in {"1": "", "2": "figures: 3 shown as they are\n", "3": ""}.items():
        (tmp_path / "groups" / group).mkdir(parents=True)
        (tmp_path / "groups" / group / LEAKS).write_text(text)
    (sentence,) = say_unmasked(tmp_path)
    assert sentence.startswith("1 group shows") and LEAKS in sentence
    (tmp_path / "groups" / "2" / LEAKS).write_text("")
    assert say_unmasked(tmp_path) == ()

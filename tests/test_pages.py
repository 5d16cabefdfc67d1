"""Pages as text: what stands in them, what never does, and that the same input gives the same bytes."""

import base64
import hashlib
import html as markup
import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harvester.models.evidence import Place
from harvester.models.marks import OVERALL, GroupMarks, GroupProgress, Mark
from harvester.models.points import PointsSettings
from harvester.models.problem import Problem
from harvester.models.record import GroupRecord
from harvester.models.status import Claim, EvidenceWord, Status, Verdict
from harvester.outputs.counting import count_points
from harvester.outputs.figure_shelf import PAGE_BUDGET
from harvester.outputs.figures import HEAVIEST, HEAVIEST_BARE, Picture
from harvester.outputs.page_options import PageOptions, Release
from harvester.outputs.pages import render_handin, render_index, render_released
from harvester.outputs.summary import summarise
from tests.support.marks import GRADER, STAFF_NOTE, make_marks
from tests.support.pictures import make_picture
from tests.support.records import HOSTILE, SHA, make_class, make_record, with_hosting

EVERYTHING = Release(points=True, comments=True, decisions=True, evidence=True, answers=True)


def nothing(_: str) -> None:
    return None


def handin(record: GroupRecord, marks: GroupMarks | None = None, **options: object) -> str:
    return render_handin(record, figures=nothing, marks=marks, options=PageOptions(**options))  # type: ignore[arg-type]


def test_people_who_are_not_listed_are_one_line() -> None:
    record = make_record("45")
    rest = record.contributions[0].model_copy(update={"member": None, "names": (), "people": 7_900, "commits": 8_000})
    many = record.model_copy(update={"contributions": (*record.contributions, rest)})
    assert "and 7,900 more people 8,000 commits" in words(handin(many))
    assert summarise(many).people == summarise(record).people + 7_900


def words(page: str) -> str:
    body = re.sub(r"<(style|script)>.*?</\1>", "", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", markup.unescape(re.sub(r"<[^<>]*>", " ", body)))


PAGES: dict[str, Callable[[], str]] = {
    "handin": lambda: handin(make_record("45"), make_marks()),
    "index": lambda: render_index(make_class(8)),
    "released": lambda: render_released(make_record("45"), make_marks(), release=EVERYTHING, points=PointsSettings()),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_one_file_under_a_strict_policy(name: str) -> None:
    page = PAGES[name]()
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    policy = markup.unescape(policy)
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for tag in ("style", "script"):
        (held,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(held.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert not re.search(r"<(link|script|img|iframe)[^>]*\s(src|href)=\"(?!data:)", page)
    assert not re.search(r"\sstyle=", page)


@pytest.mark.parametrize("name", PAGES)
def test_the_same_input_gives_the_same_bytes(name: str) -> None:
    assert PAGES[name]() == PAGES[name]()


def test_the_head_of_a_handin_says_what_a_teacher_asks_first() -> None:
    text = words(handin(make_record("45"), course="Kursus på dansk"))
    assert "Group 45 Gruppe 45 Blåbærgrød" in text
    assert "commit 1a2b3c4 on main, 23 Jan 2026 22:14 CET" in text
    assert "1 h 45 min before the deadline" in text
    assert re.search(r"\d+ of 53 ticked", text)
    assert "28 of 31 answered" in text
    assert "Kursus på dansk" in text


def test_a_working_copy_without_branch_or_commit_is_said_in_words() -> None:
    """As in a step of a workflow, which has no branch, or before the first commit; nobody asks there for a link."""
    record = make_record("45")
    assert record.snapshot
    group = record.group.model_copy(update={"repo_url": None})
    detached = record.snapshot.model_copy(update={"branch": "", "method": "working_copy"})
    page = words(handin(record.model_copy(update={"snapshot": detached, "group": group})))
    assert "commit 1a2b3c4, 23 Jan 2026" in page and "no repository link" not in page
    bare = detached.model_copy(update={"sha": "0" * 40})
    page = words(handin(record.model_copy(update={"snapshot": bare, "group": group})))
    assert "no commit yet" in page and "0000000" not in page


def test_every_item_and_answer_stands_once() -> None:
    record = make_record("45")
    page = handin(record)
    for item in record.checklist:
        assert page.count(f'id="item-{item.id}"') == 1
    for answer in record.questions:
        assert page.count(f'id="question-{answer.number}"') == 1


def test_evidence_is_a_permalink_with_its_line_of_code() -> None:
    page = handin(make_record("45"))
    assert f'href="https://github.com/example-course/group-45/blob/{SHA}/src/pakke/ci_0.py#L10"' in page
    assert "def ci(æble: int) -> None:" in markup.unescape(page)
    assert f"/blob/{SHA}/reports/README.md?plain=1#L180-L190" in markup.unescape(page)


def test_a_group_without_ticks_is_not_praised_for_them() -> None:
    record = make_record()
    items = (one for one in record.checklist if one.claim is Claim.UNTICKED)
    page = handin(record.model_copy(update={"checklist": tuple(items)}))

    assert "The group ticked nothing." in page
    assert "Every ticked item was found." not in page


def test_an_item_that_could_not_be_looked_at_says_so() -> None:
    record = make_record("45")
    unseen = [item for item in record.checklist if item.evidence is EvidenceWord.UNKNOWN]
    made = words(handin(record)).split("How this was made")[-1]
    assert unseen
    assert all(f"{item.title}: {item.why}" in made for item in unseen)


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.OK])
def test_a_group_that_did_not_come_through_still_has_a_page(status: Status) -> None:
    text = words(handin(make_record("7", status=status)))
    assert f"The harvest ended with the status {status.value}." in text
    assert "No check was run." in text


def test_only_web_and_mail_links_are_links() -> None:
    record = make_record("45")
    bad = Place(path="x.py", line=1, what="x", url="javascript:alert(1)")
    item = record.checklist[0].model_copy(update={"where": (bad,)})
    page = handin(record.model_copy(update={"checklist": (item, *record.checklist[1:])}))
    assert "x.py:1" in page
    assert "javascript:" not in page
    for tag in re.findall(r"<a [^>]*>", page):
        if 'href="http' in tag or "mailto" in tag:
            assert 'rel="noopener noreferrer"' in tag


def test_text_that_attacks_is_escaped_and_control_characters_are_gone() -> None:
    page = handin(make_record("46", hostile=True), make_marks(comment=HOSTILE[8]))
    page += render_index([make_record("46", hostile=True)])
    assert "<script>document" not in page
    assert "<img src=x" not in page
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\u202a-\u202e\ufffe\uffff]", page)
    page.encode()


def test_figures_are_embedded_once() -> None:
    record = make_record("45")
    figure = record.questions[13].images[0]
    images = tuple(
        figure.model_copy(update={"path": f"f/{n}.png", "written": f"f/{n}.png", "exists": True, "problem": None})
        for n in range(20)
    )
    answer = record.questions[13].model_copy(update={"images": (*images, images[0])})
    full = record.model_copy(update={"questions": (*record.questions[:13], answer, *record.questions[14:18])})
    page = render_handin(full, figures=make_picture)
    assert page.count("<img ") == 20
    assert page.count("the same picture as above") == 1


def test_a_page_gives_each_figure_its_share_of_what_it_may_weigh() -> None:
    record = make_record("45")
    figure = record.questions[13].images[0].model_copy(update={"exists": True, "problem": None})
    asked: list[int] = []

    def scale(data: bytes, heaviest: int) -> Picture:
        asked.append(heaviest)
        return Picture("data:image/png;base64,", 1, 1, weight=heaviest)

    for count in (2, 8, 60):
        images = tuple(figure.model_copy(update={"path": f"{n}.png", "written": f"{n}.png"}) for n in range(count))
        answer = record.questions[13].model_copy(update={"images": images})
        page = render_handin(record.model_copy(update={"questions": (answer,)}), figures=make_picture, scale=scale)
        assert page.count("<img ") == min(count, PAGE_BUDGET // HEAVIEST)
    assert asked[:2] == [HEAVIEST_BARE] * 2
    assert sum(asked[2:10]) <= PAGE_BUDGET
    assert asked[10:] == [HEAVIEST] * 60


def test_a_figure_that_cannot_be_shown_has_a_reason() -> None:
    text = words(handin(make_record("45")))
    assert "could not look: the file is not in the mirror" in text
    assert "the file is not there" in text


def test_marks_stand_beside_what_they_are_about() -> None:
    page = handin(make_record("45"), make_marks())
    item = page.split('id="item-hydra"')[1].split("</details>")[0]
    assert "found" in item
    assert "0.75 points" in item
    assert "Fint arbejde" in item


@pytest.mark.parametrize(("points", "said"), [(1.0, "1 point"), (-1.0, "-1 point"), (0.5, "0.5 points")])
def test_one_point_is_one(points: float, said: str) -> None:
    marks = GroupMarks(group_id="45", marks={"git_repo": Mark(points=points)})
    page = render_handin(make_record("45"), figures=lambda _: None, marks=marks)
    assert f"<span>{said}</span>" in page


def test_a_group_whose_id_says_group_is_not_called_so_twice() -> None:
    assert "Group Group" not in render_handin(make_record("Group 095"), figures=lambda _: None)
    assert "<h1>Group 95" in render_handin(make_record("95"), figures=lambda _: None)


def test_nothing_is_released_that_nobody_asked_to_release() -> None:
    page = render_released(make_record("45"), make_marks(), release=Release(), points=PointsSettings())
    for secret in (STAFF_NOTE, GRADER, "Fint arbejde", "0.75", "src/pakke", "We kept the dependencies"):
        assert secret not in page


def test_people_have_their_commits_reviews_and_a_way_to_be_set_right() -> None:
    """Co-authors and reviewers are seen; who is tied to nobody is said, and how to tie them."""
    record = make_record("45")
    helper = record.contributions[0].model_copy(update={"commits": 0, "coauthored": 1, "reviews": 4})
    stranger = record.contributions[1].model_copy(update={"member": None, "reviews": None})
    page = handin(record.model_copy(update={"contributions": (helper, stranger)}))
    people = page[page.index('id="people"') : page.index('id="made"')]
    assert "co-author of 1 commit<" in people and "4 reviews" in people and people.count(" reviews<") == 1
    assert "tied to nobody in the roster" in people and "<code>aliases</code>" in people
    assert "<code>aliases</code>" not in handin(record.model_copy(update={"contributions": (helper,)}))


def test_no_other_answer_is_taken_for_who_did_what() -> None:
    """Another course may not ask for it, and its last question is about something else."""
    record = make_record("45")
    assert "In the group's own words" in handin(record)
    assert "In the group's own words" not in handin(record.model_copy(update={"questions": record.questions[:-1]}))


def test_who_helped_is_not_silent() -> None:
    """A member whose commits name them as co-author has not done nothing."""
    record = make_record("45")
    helped = {"commits": 0, "coauthored": 2}
    helpers = tuple(
        one.model_copy(update=helped | {"member": member.id})
        for one, member in zip(record.contributions, record.group.members, strict=True)
    )
    summary = summarise(record.model_copy(update={"contributions": helpers}))
    assert not [reason.text for reason in summary.reasons if "no commit" in reason.text]


def test_what_a_teacher_sees_at_once() -> None:
    """Rewritten, back-dated and late history, a secret and dead links are named; other problems are counted."""
    codes = ("force_push", "back_dated", "late_push", "secret", "report_moved", "unread_file")
    problems = tuple(Problem(code=code, message="x") for code in codes)
    record = with_hosting(make_record("45").model_copy(update={"problems": problems}))
    texts = [reason.text for reason in summarise(record).reasons]
    named = {"history rewritten", "back-dated", "pushed late", "a secret in the repository"}
    assert {*named, "2 problems with the whole report", "1 link that did not answer"} <= set(texts)
    assert "history rewritten" in words(render_index([record]))


def test_a_group_that_did_not_come_through_has_that_one_reason() -> None:
    """What follows from it is not said: an empty repository has no answers either."""
    record = make_record("7").model_copy(update={"status": Status.EMPTY, "problem": "Nothing was pushed."})
    assert [reason.text for reason in summarise(record).reasons] == ["Nothing was pushed."]


def test_a_group_that_no_harvest_came_to_is_no_work_and_no_fault() -> None:
    """Its row says so; it is in no count, expects no minutes, and leads to no page that is not there."""
    later = make_record("2", status=Status.UNREACHABLE).model_copy(update={"harvested": False})
    given = {"2": GroupProgress(items=10, items_open=3)}
    alone, page = render_index([make_record("1")], progress={}), render_index([make_record("1"), later], progress=given)

    assert "1 not harvested yet" in words(page) and "not reachable" not in words(page)
    assert "groups/2/" not in page and '<tr data-g="2"' in page
    for part in ("triage", "map", "items", "questions"):
        tables = [one.split(f'data-table="{part}"')[1].split("</table>")[0] for one in (alone, page)]
        assert tables[0] == tables[1]
    hours = [re.findall(r"[\d.]+ h of grading expected", words(one)) for one in (alone, page)]
    assert hours[0] and hours[0] == hours[1]
    assert "0 of 0 rows settled" in words(page)


def test_a_class_without_names_has_no_column_for_them() -> None:
    """Blank columns push others out of sight."""
    nameless = [make_record(str(number), name="") for number in (1, 2)]
    assert "Name" not in words(render_index(nameless)) and "Name" in words(render_index(make_class(2)))


def test_untouched_checklists_are_said_in_words() -> None:
    """Rather than as many unclaimed items."""
    record = make_record("45")
    items = tuple(
        one.model_copy(update={"claim": Claim.UNTICKED, "verdict": Verdict.UNCLAIMED}) for one in record.checklist[:2]
    )
    texts = [reason.text for reason in summarise(record.model_copy(update={"checklist": items})).reasons]
    assert "nothing ticked, and 2 items found" in texts


def test_of_a_group_that_could_not_be_looked_at_nothing_is_claimed() -> None:
    """Neither that it ticked nothing, nor that it has not what the class has."""
    unseen = {"claim": Claim.MISSING, "evidence": EvidenceWord.UNKNOWN, "verdict": Verdict.NOT_CLAIMED, "why": "Gone."}
    one = make_record("1")
    items = tuple(item.model_copy(update=unseen) for item in one.checklist)
    gone = one.model_copy(update={"status": Status.UNREACHABLE, "problem": "Gone.", "checklist": items})
    page = words(handin(gone))

    assert "Nothing could be looked at." in page and "53 items: Gone." in page
    assert "of 53 ticked" not in page and "of 31 answered" not in page
    row = render_index([gone, make_record("2")]).split('<tr data-g="1"')[2].split("</tr>")[0]
    assert re.findall(r'<td class="num">(\d*)</td>', row)[:7] == [""] * 7
    assert summarise(gone).columns == ()


def test_answers_and_people_that_could_not_be_looked_at_are_not_missing() -> None:
    """Nothing is said of the report and the history of a repository that nobody could open."""
    one = make_record("1")
    blank = {"text": "", "words": 0, "answered": False, "problems": (), "images": ()}
    answers = tuple(answer.model_copy(update=blank) for answer in one.questions)
    nothing = {"claim": Claim.MISSING, "evidence": EvidenceWord.UNKNOWN, "verdict": Verdict.NOT_CLAIMED}
    items = tuple(item.model_copy(update=nothing) for item in one.checklist)
    unseen = {"status": Status.UNREACHABLE, "questions": answers, "contributions": (), "checklist": items}
    gone = one.model_copy(update=unseen)
    staff = words(handin(gone))
    assert staff.count("Could not be looked at.") == len(answers) + len(gone.group.members) + 1
    for page in (staff, words(render_released(gone, make_marks(), release=EVERYTHING, points=PointsSettings()))):
        assert page.count("Could not be looked at.") >= len(answers)
        for absence in (
            "Not answered.",
            "0 words",
            "No commit could be tied",
            "Not ticked by",
            "line not in",
            "You did",
        ):
            assert absence not in page
    assert words(handin(one.model_copy(update={"questions": answers}))).count("Not answered.") == len(answers) + 1


@pytest.mark.parametrize(
    ("status", "reason", "sentence"),
    [
        (Status.OK, "the checklist is not in the report, and 2 items found", "The checklist is not in the report."),
        (Status.NO_REPORT, "2 items found", "Without a report nothing is ticked."),
    ],
)
def test_a_checklist_that_is_gone_is_not_one_without_ticks(status: Status, reason: str, sentence: str) -> None:
    record = make_record("45")
    items = tuple(
        one.model_copy(update={"claim": Claim.MISSING, "verdict": Verdict.UNCLAIMED}) for one in record.checklist[:2]
    )
    record = record.model_copy(update={"status": status, "checklist": items})
    assert reason in [one.text for one in summarise(record).reasons]
    assert sentence in words(handin(record))


def test_a_released_page_has_marks_and_comments_and_nothing_of_the_staff() -> None:
    page = render_released(make_record("45"), make_marks(), release=EVERYTHING, points=PointsSettings())
    assert page.count("Fint arbejde") == 3
    assert "0.75 of 1" in words(page)
    for secret in (STAFF_NOTE, GRADER, "index.html", "grading.xlsx", "@example.invalid", "config_sha256"):
        assert secret not in page


def test_a_student_can_add_up_the_points_that_are_released() -> None:
    """Items that counted as the tool says are listed, too; what neither counted nor was marked is not."""
    record, settings = make_record("45"), PointsSettings()
    page = words(render_released(record, make_marks(), release=Release(points=True), points=settings))
    listed = page[page.index("The checklist") : page.index("The questions")]
    total = count_points(record, make_marks(), settings)

    assert sum(map(float, re.findall(r"([\d.]+) of 1", listed))) == total.checklist
    assert " 1 of 1 point, as seen in the repository" in listed
    assert " 0 of 1" not in listed
    alone = words(render_released(record, make_marks(), release=Release(comments=True), points=settings))
    assert "as seen in the repository" not in alone


def test_students_are_told_which_commit_and_not_how_dates_are_made() -> None:
    page = words(render_released(make_record("45"), make_marks(), release=EVERYTHING, points=PointsSettings()))
    assert "the last before the deadline by commit dates" in page
    assert "set to anything" not in page


def test_what_a_grader_says_of_an_item_is_not_folded_away() -> None:
    page = render_released(make_record("45"), make_marks(), release=Release(points=True, comments=True))
    folded = re.findall(r'<details id="item-\w+" open data-fold>.*?</details>', page, re.DOTALL)
    assert "Fint arbejde" in page and not any("Fint arbejde" in one for one in folded)


@given(st.builds(Release, *[st.booleans()] * 5))
@settings(max_examples=12, deadline=None)
def test_no_choice_of_release_shows_staff_notes(release: Release) -> None:
    page = render_released(make_record("45"), make_marks(), release=release, points=PointsSettings())
    assert STAFF_NOTE not in page
    assert GRADER not in page
    assert ("Fint arbejde" in page) == release.comments


def test_the_class_page_has_one_row_for_every_group() -> None:
    records = make_class(20)
    page = render_index(records)
    table = page.split('data-table="groups"')[1].split("</table>")[0]
    assert re.findall(r'<tr data-g="(\d+)"', table) == [record.group.id for record in records]
    for record in records:
        if record.problem:
            assert record.problem in table


def test_triage_puts_the_worst_first_and_leaves_out_the_plain() -> None:
    plain = make_record("1", items=0, questions=1).model_copy(update={"problems": (), "contributions": ()})
    lost = make_record("2", status=Status.UNREACHABLE)
    page = render_index([plain, make_record("3"), lost])
    table = page.split('data-table="triage"')[1].split("</table>")[0]
    order = re.findall(r'<tr data-g="(\d+)"', table)
    assert order[0] == "2"
    assert "3" in order


def test_every_table_of_the_class_has_a_name_and_one_landmark() -> None:
    page = render_index(make_class(8))
    headings = re.findall(r'<h2 id="(\w+)">', page)
    tables = re.findall(r'<table class="\w+" aria-labelledby="(\w+)"', page)
    landmarks = re.findall(r'<(?:section|div [^>]*role="region") aria-labelledby="(\w+)">', page)
    assert len(tables) == page.count("<table") == 5
    assert set(tables) < set(landmarks) == set(headings)
    assert len(landmarks) == len(headings)


def test_words_of_a_mark_do_not_run_together() -> None:
    marks = GroupMarks(group_id="45", marks={OVERALL: Mark(decision="found", points=0.5, comment="Fint")})
    page = handin(make_record("45"), marks)
    shown = re.search(r'<p class="mark">.*?</p>', page, re.DOTALL)
    assert shown and " ".join(re.sub("<[^<>]*>", "", shown[0]).split()) == "Mark found 0.5 points Fint"


def test_the_heat_map_links_to_the_items_of_the_groups_page() -> None:
    page = render_index([make_record("Ø 1")], options=PageOptions(handin_href="g/{folder}/handin.html"))
    assert 'href="g/%C3%98_1/handin.html"' in page
    assert re.search(r"<td class=u>U", page)


def test_a_summary_gives_the_same_page_as_its_record() -> None:
    records = make_class(6)
    assert render_index(records) == render_index([summarise(record) for record in records])


def test_the_class_page_counts_each_commit_once() -> None:
    """A day's contributions are by person, so those with co-authors are more: both are said, by their names."""
    record = make_record("1")
    first = record.contributions[0].model_copy(
        update={"commits": 3, "coauthored": 0, "by_day": (("2026-01-05", 2), ("2026-01-06", 1))}
    )
    second = first.model_copy(update={"commits": 1, "coauthored": 2, "by_day": (("2026-01-05", 3),)})
    page = words(render_index([record.model_copy(update={"contributions": (first, second)})]))

    assert "6 contributions on 2 days" in page
    assert "4 commits in all" in page
    assert "6 commits" not in page


def test_groups_of_another_list_have_blanks() -> None:
    page = render_index([make_record("1"), make_record("2", items=3)])
    row = page.split('data-table="map"')[1].split('<tr data-g="2">')[1].split("</tbody>")[0]
    assert row.count("<td>") == 50


def test_progress_is_shown_where_it_is_given() -> None:
    progress = {"1": GroupProgress(items=10, answers=5, items_open=3, answers_open=1)}
    gone = {"99": GroupProgress(items=1000)}
    page = words(render_index([make_record("1"), make_record("2")], progress=progress | gone))
    assert page.count("11 of 15") == 2, "the group's row, and the class's tile without groups that left the roster"


def test_minutes_grow_with_what_needs_a_look() -> None:
    quiet, busy = summarise(make_record("1", items=5)), summarise(make_record("1"))
    assert busy.count(Verdict.UNSUPPORTED) > quiet.count(Verdict.UNSUPPORTED)
    assert busy.minutes > quiet.minutes


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=200), st.text(max_size=80))
def test_any_text_gives_pages_that_can_be_written(text: str, name: str) -> None:
    record = make_record("45", items=2, questions=3)
    answer = record.questions[0].model_copy(update={"text": text})
    item = record.checklist[0].model_copy(update={"why": text, "title": name})
    group = record.group.model_copy(update={"name": name, "repo_url": text})
    record = record.model_copy(update={"questions": (answer,), "checklist": (item,), "group": group})
    for page in (handin(record), render_index([record])):
        page.encode()
        assert page.count("<script>") == 1

"""What pages say of CI, GitHub and links: each fact on its own, what is not known with its reason."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from harvester.models.hosting import CiFacts, CiWord, GitHubSummary
from harvester.models.links import LinkKind
from harvester.models.record import GroupRecord
from harvester.outputs import wording
from harvester.outputs.hosting_view import CI_WORDS, LINK_KINDS, say_ci, say_github, sum_up_pulls
from harvester.outputs.pages import render_handin
from tests.support.records import HOSTILE, make_record, with_hosting

ZONE = "Europe/Copenhagen"


def page_of(record: GroupRecord) -> str:
    return render_handin(record, figures=lambda _: None)


def words(page: str) -> str:
    return re.sub(r"\s+", " ", Markup(re.sub(r"<[^<>]*>", " ", page.split("<body")[1])).unescape())


def ci_words(ci: CiFacts) -> dict[str, tuple[str, str]]:
    return {one.name: (one.text, one.note) for one in say_ci(make_record("45"), ci, ZONE)}


def test_every_word_has_words_for_people() -> None:
    assert set(CI_WORDS) == set(CiWord)
    assert set(LINK_KINDS) == set(LinkKind)


@pytest.mark.parametrize("word", [word for word in CiWord if word is not CiWord.PASSING])
def test_only_passing_says_that_it_passes(word: CiWord) -> None:
    assert not CI_WORDS[word].startswith("pass")


def test_without_runs_nothing_passes_or_fails() -> None:
    said = ci_words(CiFacts(exists=True, workflows=("x.yml",), ran=True, on_commit=False, conclusion=CiWord.NO_RUNS))
    assert said["Ran ever"] == ("yes", "")
    assert said["Ran on this commit"] == ("no", "")
    assert said["How that ended"][0].startswith("no runs")


def test_what_is_not_known_of_ci_has_its_reason() -> None:
    said = ci_words(CiFacts(exists=False, reason="The token may not read them."))
    assert said.pop("Workflows")[0] == "none in the graded commit"
    assert set(said.values()) == {("not known", "The token may not read them.")}


def test_facts_that_are_not_known_are_named_with_their_reason() -> None:
    said = {one.name: one for one in say_github(GitHubSummary(releases=0, unknown={"pulls": "Refused."}), ZONE)}
    assert said["Releases"].text == "none"
    assert "Pull requests" not in said
    told = [one for one in say_github(GitHubSummary(unknown={"pulls": "Refused."}), ZONE) if one.note == "Refused."]
    assert [one.text for one in told] == ["pull requests"]
    assert sum_up_pulls(GitHubSummary()) == "not known"


def test_a_page_tells_github_facts_in_the_courses_zone() -> None:
    page = page_of(with_hosting(make_record("45")))
    text = words(page)
    for said in (
        "as of 24 Jan 2026 00:05 CET",
        "mixed: some workflows passed and some failed",
        "failure, on push, attempt 2",
        "success, on push, 23 Jan 2026 22:20 CET",
        "12, 10 merged; 6 of 8 merged ones reviewed",
        "renamed to example-course/group-45-new",
        "41 entries, 1 by force",
        "answered 200 on 24 Jan 2026 00:40 CET; answered 503 on 24 Jan 2026 00:10 CET",
        "reports/README.md, line 300",
        "no answer on 24 Jan 2026 00:10 CET (The host is unknown",
    ):
        assert said in text, said
    assert 'href="https://github.com/example-course/group-45/actions/runs/77"' in page


def test_a_page_without_facts_has_no_such_part() -> None:
    text = words(page_of(make_record("45")))
    assert "On GitHub" not in text
    assert "Links the group gives" not in text


@pytest.mark.parametrize("method", ["head", "committer_date", "first_seen", "push_log", "chosen", "working_copy"])
def test_the_header_says_how_the_commit_was_chosen(method: str) -> None:
    record = make_record("45")
    assert record.snapshot
    record = record.model_copy(update={"snapshot": record.snapshot.model_copy(update={"method": method})})
    assert wording.METHODS[method] in words(page_of(record).split("</header>")[0])


@pytest.mark.parametrize("text", HOSTILE[8:16])
def test_what_students_choose_is_text_and_no_more(text: str) -> None:
    page = page_of(with_hosting(make_record("45"), text=text))
    assert page.count("<script>") == 1
    assert "<img " not in page
    assert "<svg onload" not in page
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\u202a-\u202e\ufffe\uffff]", page)
    for href in re.findall(r'<a [^>]*href="([^"]*)"', page):
        assert not href.lower().startswith(("javascript", "data"))


@settings(max_examples=20, deadline=None)
@given(st.text(max_size=120))
def test_any_text_gives_a_page(text: str) -> None:
    page = page_of(with_hosting(make_record("45", items=0, questions=1), text=text))
    page.encode()
    assert page.count("<script>") == 1

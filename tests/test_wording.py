"""Words for people: times in the course's zone, links that are safe, permalinks that lead to the line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.models.status import Claim, EvidenceWord, Status, Trace, Verdict
from harvester.outputs import wording
from tests.support.records import make_record


def test_every_word_of_a_record_has_words_for_people() -> None:
    assert set(wording.VERDICTS) == set(Verdict)
    assert set(wording.EVIDENCE) == set(EvidenceWord)
    assert set(wording.CLAIMS) == set(Claim)
    assert set(wording.TRACES) == set(Trace)
    assert set(wording.STATUSES) == set(Status)
    for field in ("word", "letter", "shape", "css", "rank"):
        assert len({getattr(words, field) for words in wording.VERDICTS.values()}) == len(Verdict)


def test_only_what_is_well_has_a_tick() -> None:
    shown = {status: wording.show_status(make_record("1", status=status)) for status in Status}
    assert {status for status, text in shown.items() if text.startswith("✓")} == {Status.OK}
    later = make_record("1", status=Status.UNREACHABLE).model_copy(update={"harvested": False})
    assert wording.show_status(later) == "– not harvested yet"
    assert {v for v, words in wording.VERDICTS.items() if words.shown.startswith("✓")} == {Verdict.CONFIRMED}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2026-01-23T22:59:00+00:00", "23 Jan 2026 23:59 CET"),
        ("2026-06-01T12:00:00Z", "1 Jun 2026 14:00 CEST"),
        ("2026-01-23T22:59:00", "23 Jan 2026 23:59 CET"),
        ("soon", "soon"),
        (None, ""),
    ],
)
def test_times_are_said_in_the_courses_zone(text: str | None, said: str) -> None:
    assert wording.say_time(text, "Europe/Copenhagen") == said


@pytest.mark.parametrize(
    ("committed", "said"),
    [
        ("2026-01-23T22:14:00+01:00", "1 h 45 min before the deadline"),
        ("2026-01-24T00:04:00+01:00", "5 min after the deadline"),
        ("2026-01-20T20:59:00+01:00", "3 days 3 h before the deadline"),
        (None, ""),
    ],
)
def test_a_commit_is_placed_against_the_deadline(committed: str | None, said: str) -> None:
    assert wording.say_against_deadline(committed, "2026-01-23T23:59:00+01:00", "Europe/Copenhagen") == said


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JAVASCRIPT:x",
        "data:text/html,x",
        "//host/x",
        "/x",
        "http://",
        "https://a b",
        'https://a/"x',
        "",
        None,
    ],
)
def test_only_web_and_mail_addresses_are_links(url: str | None) -> None:
    assert wording.safe_url(url) is None


@given(st.text(max_size=60))
def test_no_text_becomes_a_link_of_another_kind(text: str) -> None:
    found = wording.safe_url(text)
    assert found is None or found.lower().startswith(("http://", "https://", "mailto:"))


def test_permalinks_lead_to_the_line() -> None:
    repo, sha = "https://github.com/o/n", "a" * 40
    assert wording.blob_url(repo, sha, "src/blåbær.py", (3, None)) == f"{repo}/blob/{sha}/src/bl%C3%A5b%C3%A6r.py#L3"
    assert wording.blob_url(repo, sha, "reports/README.md", (3, 9)).endswith("README.md?plain=1#L3-L9")
    assert wording.blob_url("https://gitlab.example.invalid/o/n", sha, "x.py", (3, 9)).endswith(
        "/-/blob/" + sha + "/x.py#L3-9"
    )
    assert wording.blob_url("", sha, "x.py") == ""
    assert wording.commit_url(repo, sha) == f"{repo}/commit/{sha}"

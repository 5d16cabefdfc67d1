"""The standard's table, cell by cell."""

import pytest

from harvester.models.status import Claim, EvidenceWord, Trace, Verdict
from harvester.verdict import decide

_TABLE = [
    ("ticked", "found", "confirmed"),
    ("ticked", "partial", "weak"),
    ("ticked", "unverifiable", "ask"),
    ("ticked", "unknown", "ask"),
    ("unticked", "found", "unclaimed"),
    ("missing", "found", "unclaimed"),
    ("unticked", "partial", "not_claimed"),
    ("missing", "absent", "not_claimed"),
    ("unticked", "unknown", "not_claimed"),
    ("missing", "unverifiable", "not_claimed"),
]


@pytest.mark.parametrize(("claim", "evidence", "verdict"), _TABLE)
@pytest.mark.parametrize("trace", list(Trace))
def test_table(claim: str, evidence: str, verdict: str, trace: Trace) -> None:
    """Every cell but ticked and absent is the same for every trace."""
    assert decide(Claim(claim), EvidenceWord(evidence), trace) is Verdict(verdict)


@pytest.mark.parametrize(("trace", "verdict"), [("always", "unsupported"), ("usually", "ask"), ("rarely", "ask")])
def test_absent_accuses_only_where_it_is_sure(trace: str, verdict: str) -> None:
    """A ticked item without evidence is unsupported only where doing it always leaves a trace."""
    assert decide(Claim.TICKED, EvidenceWord.ABSENT, Trace(trace)) is Verdict(verdict)


@pytest.mark.parametrize("evidence", ["partial", "absent", "unknown"])
def test_demoted_check_only_asks(evidence: str) -> None:
    """A check that the course does not trust never calls a claim weak or unsupported."""
    assert decide(Claim.TICKED, EvidenceWord(evidence), Trace.ALWAYS, demoted=True) is Verdict.ASK


def test_demoted_check_still_confirms() -> None:
    """Demoting a check takes no credit from anybody."""
    assert decide(Claim.TICKED, EvidenceWord.FOUND, Trace.ALWAYS, demoted=True) is Verdict.CONFIRMED

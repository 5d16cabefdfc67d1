"""Claim x evidence: the evidence standard's table, word for word."""

from harvester.models.status import Claim, EvidenceWord, Trace, Verdict

_TICKED = {
    EvidenceWord.FOUND: Verdict.CONFIRMED,
    EvidenceWord.PARTIAL: Verdict.WEAK,
    EvidenceWord.ABSENT: Verdict.ASK,
    EvidenceWord.UNVERIFIABLE: Verdict.ASK,
    EvidenceWord.UNKNOWN: Verdict.ASK,
}
_NOT_TICKED = {
    EvidenceWord.FOUND: Verdict.UNCLAIMED,
    EvidenceWord.PARTIAL: Verdict.NOT_CLAIMED,
    EvidenceWord.ABSENT: Verdict.NOT_CLAIMED,
    EvidenceWord.UNVERIFIABLE: Verdict.NOT_CLAIMED,
    EvidenceWord.UNKNOWN: Verdict.NOT_CLAIMED,
}


def decide(claim: Claim, evidence: EvidenceWord, trace: Trace, *, demoted: bool = False) -> Verdict:
    """The verdict on one item.

    Parameters
    ----------
    claim, evidence
        What the group says and what the repository shows.
    trace
        How sure an `absent` is: only where the trace is `always` does a ticked item without evidence become
        `unsupported`; elsewhere the group is asked.
    demoted
        Whether the course does not trust this check (`demote` in course.yaml): what would be `weak` or `unsupported` is
        then a question to the group.
    """
    if claim is not Claim.TICKED:
        return _NOT_TICKED[evidence]
    if demoted and evidence is not EvidenceWord.FOUND:
        return Verdict.ASK
    if evidence is EvidenceWord.ABSENT and trace is Trace.ALWAYS:
        return Verdict.UNSUPPORTED
    return _TICKED[evidence]

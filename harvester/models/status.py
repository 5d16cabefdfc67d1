"""The words of a record, as the evidence standard and the record format fix them."""

from enum import StrEnum


class Status(StrEnum):
    """How a group came through the harvest."""

    OK = "ok"
    NO_REPORT = "no_report"
    EMPTY = "empty"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    FAILED = "failed"


class Claim(StrEnum):
    """What the group says of a checklist item."""

    TICKED = "ticked"
    UNTICKED = "unticked"
    MISSING = "missing"


class EvidenceWord(StrEnum):
    """What the repository shows, whatever the group claims."""

    FOUND = "found"
    PARTIAL = "partial"
    ABSENT = "absent"
    UNVERIFIABLE = "unverifiable"
    UNKNOWN = "unknown"


class Trace(StrEnum):
    """How sure an `absent` is."""

    ALWAYS = "always"
    USUALLY = "usually"
    RARELY = "rarely"


class Verdict(StrEnum):
    """Claim x evidence."""

    CONFIRMED = "confirmed"
    WEAK = "weak"
    UNSUPPORTED = "unsupported"
    ASK = "ask"
    UNCLAIMED = "unclaimed"
    NOT_CLAIMED = "not_claimed"

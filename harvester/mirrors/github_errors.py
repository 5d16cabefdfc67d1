"""Why GitHub did not answer a question."""

from enum import StrEnum


class Grounds(StrEnum):
    """What kind of refusal it was, for what is asked next."""

    MISSING = "missing"
    """404, 410, 451: not there, or hidden from this token."""
    FORBIDDEN = "forbidden"
    """403: there, and not for this token."""
    TOKEN = "token"  # noqa: S105 - no secret
    """401: the token is not valid (any more)."""
    LIMIT = "limit"
    """The server asks to wait longer than we do."""
    DOWN = "down"
    """No answer, or none that makes sense."""
    STOPPED = "stopped"


class AskError(Exception):
    """A question without an answer. The reason is a sentence for teachers, and never holds a token."""

    def __init__(self, reason: str, grounds: Grounds) -> None:
        super().__init__(reason)
        self.reason = reason
        self.grounds = grounds

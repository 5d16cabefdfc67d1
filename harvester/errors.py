"""The errors of Harvester. It imports nothing of the project but the words for a status.

HarvesterError                 message + hint; never holds a token
├── UserError                  the run cannot start: exit 2
│   ├── ConfigError            course.yaml, a template or a check
│   └── RosterError            the list of groups
├── GroupError                 one group's fault: becomes a status in its record, the run goes on
│   ├── MirrorError            the repository could not be mirrored
│   └── SnapshotError          the mirror could not be read
└── OutputError                a result could not be written: exit 4

Anything else that is raised is a bug: exit 3, a short line and a log file.
"""

from collections.abc import Iterable

from harvester.models.status import Status

WRONG_KINDS = {
    "tuple_type": "has to be a list",
    "list_type": "has to be a list",
    "dict_type": "has to be `key: value` lines",
    "model_type": "has to be `key: value` lines",
    "int_parsing": "has to be a whole number",
    "int_type": "has to be a whole number",
    "float_parsing": "has to be a number",
    "float_type": "has to be a number",
    "bool_parsing": "has to be true or false",
    "bool_type": "has to be true or false",
    "string_type": "has to be text (put it in quotes)",
    "path_type": "has to be a path",
    "too_short": "has to name at least one",
    "string_pattern_mismatch": "has to be of small letters, digits and `_`, and begin with a letter",
    "invalid_key": "has to be text (put it in quotes)",
}
"""Pydantic's error types in words for people who write YAML."""

INTERRUPTED = "Interrupted; what is finished is kept, and the next run goes on from there."


class HarvesterError(Exception):
    """Something a person can do something about.

    Parameters
    ----------
    message
        One sentence: what is wrong, and where.
    hint
        One sentence: what to do. Empty where the message says it already.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (self.message, self.hint))

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class UserError(HarvesterError):
    """The run cannot start before the user has changed something."""


class ConfigError(UserError):
    """A YAML file of the configuration is wrong."""


class RosterError(UserError):
    """The roster cannot be used."""


class GroupError(HarvesterError):
    """One group's fault, which becomes its record's status and problem.

    Parameters
    ----------
    message
        The sentence that the record's `problem` shows.
    status
        The record's status; `failed` by default.
    """

    def __init__(self, message: str, hint: str = "", status: Status = Status.FAILED) -> None:
        super().__init__(message, hint)
        self.status = status

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (self.message, self.hint, self.status))


class MirrorError(GroupError):
    """A repository could not be mirrored."""


class SnapshotError(GroupError):
    """A mirror could not be read."""


class OutputError(HarvesterError):
    """A result could not be written."""


def nearest(name: str, known: Iterable[str]) -> str:
    """` (did you mean X?)`, or what there is where nothing is near and the list is short."""
    from difflib import get_close_matches

    names = sorted(set(known))
    close = get_close_matches(name.lower(), names, n=1, cutoff=0.6)
    if close:
        return f" (did you mean `{close[0]}`?)"
    return f" (known: {', '.join(names)})" if 0 < len(names) <= 25 else ""


def say_error(error: BaseException, where: str) -> str:
    """One sentence for whatever was raised at a place, such as `group 7`; of a bug no more than its kind."""
    if isinstance(error, HarvesterError):
        return str(error)
    if isinstance(error, OSError):
        why = error.strerror or str(error) or type(error).__name__
        said = f"{error.filename} could not be used" if error.filename else "The machine refused something"
        return f"{said} at {where}: {why}."
    return f"Harvester itself stopped at {where} ({type(error).__name__}); harvester.log says why."

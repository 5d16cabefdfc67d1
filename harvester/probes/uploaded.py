"""A probe about the project's code as a whole."""

from harvester.models.facts import Facts
from harvester.probes.finding import Finding, Spot, found

_SMALL = 40
"""Lines of the group's own code below which a repository is a skeleton."""


def code_there(facts: Facts, *, whole: bool = True) -> Finding:
    """The repository holds the project's code: functions with bodies, in the group's own files.

    Parameters
    ----------
    whole
        More than a skeleton.
    """
    files = [(path, file) for path, file in facts.code() if not facts.is_template(path)]
    working = [(path, one) for path, file in files for one in file.functions if not one.stub and not one.template]
    lines = sum(facts.files[path].lines for path, file in files if file.functions or file.calls)
    spots = [Spot(path, one.line) for path, one in sorted(working, key=lambda item: item[1].line - item[1].end_line)]
    if whole:
        return found(spots if len(working) > 2 and lines >= _SMALL else ())
    rest = [Spot(path, 1) for path, _ in files] or [Spot(path, 1) for path in facts.python]
    return found([*spots, *rest], "only a skeleton of the project's code")

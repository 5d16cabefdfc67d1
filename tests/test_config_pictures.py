"""Which answers' pictures are traces of what: the templates' ties, and the checks that ask for them."""

from collections.abc import Iterator
from typing import Any

import pytest

from harvester.config import load_family
from harvester.config.families import Family

FAMILIES = ("dtu-02476", "software-engineering")


@pytest.mark.parametrize("name", FAMILIES)
def test_a_check_asks_for_pictures_that_a_template_ties_to_it(name: str) -> None:
    """A rule about pictures of a check that no question is tied to could never hold."""
    family = load_family(name)

    assert not asked(family) - tied(family)


@pytest.mark.parametrize("name", FAMILIES)
def test_pictures_that_a_template_ties_to_a_check_are_asked_for(name: str) -> None:
    """A question tied to a check whose rules ask for no picture would be tied for nothing."""
    family = load_family(name)

    assert not tied(family) - asked(family)


def asked(family: Family) -> set[str]:
    """The checks whose pictures some rule asks for."""
    return {
        str(arguments["check"])
        for check in family.checks
        for probe, arguments in calls(check.model_dump())
        if probe in ("shown", "shown_as")
    }


def tied(family: Family) -> set[str]:
    """The checks that some question's pictures are tied to."""
    return {check for shape in family.templates for question in shape.questions for check in question.screenshots}


def calls(rule: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Everything in a rule that looks like a probe with its arguments."""
    if isinstance(rule, dict):
        for key, value in rule.items():
            if isinstance(value, dict):
                yield key, value
            yield from calls(value)
    elif isinstance(rule, list | tuple):
        for value in rule:
            yield from calls(value)

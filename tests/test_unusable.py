"""Marks that cannot be used are told, in a sentence or two, and never count as marked."""

import pytest

from harvester.models.marks import OVERALL, Mark, is_given
from harvester.models.points import PointsSettings
from harvester.outputs.unusable import find_unusable, say_unusable

SETTINGS = PointsSettings(items={"docs": 3}, adjustment=5)


def say(marks: dict[str, Mark], group: str = "1") -> list[str]:
    return list(say_unusable(find_unusable({group: marks}, SETTINGS)))


@pytest.mark.parametrize(
    ("key", "mark", "said"),
    [
        ("cli", Mark(points="a lot"), "1 mark cannot be counted: 1 cli points “a lot”."),
        ("cli", Mark(points="1/2"), "1 mark cannot be counted: 1 cli points “1/2”."),
        ("cli", Mark(decision="enig"), "1 mark cannot be counted: 1 cli decision “enig”."),
        ("cli", Mark(decision="full"), "1 mark cannot be counted: 1 cli decision “full”."),
        ("q:tests", Mark(decision="ful"), "1 mark cannot be counted: 1 q:tests decision “ful”."),
        (OVERALL, Mark(points="two"), "1 mark cannot be counted: 1 g:overall points “two”."),
        ("m:s000001", Mark(points="-1 p"), "1 mark cannot be counted: 1 m:s000001 points “-1 p”."),
        (
            "cli",
            Mark(points=17.0),
            "1 mark is out of bounds and counts in the sheets as typed: 1 cli points 17 (0 to 1).",
        ),
        (
            "q:tests",
            Mark(points=-1.0),
            "1 mark is out of bounds and counts in the sheets as typed: 1 q:tests points -1 (0 to 2).",
        ),
        (
            OVERALL,
            Mark(points=6.0),
            "1 mark is out of bounds and counts in the sheets as typed: 1 g:overall points 6 (-5 to 5).",
        ),
        (
            "m:s1",
            Mark(points=-6.0),
            "1 mark is out of bounds and counts in the sheets as typed: 1 m:s1 points -6 (-5 to 5).",
        ),
    ],
)
def test_each_kind_is_told(key: str, mark: Mark, said: str) -> None:
    assert say({key: mark}) == [said]


@pytest.mark.parametrize(
    ("key", "mark"),
    [
        ("cli", Mark(points=1.0, decision="Agree")),
        ("docs", Mark(points=3.0)),
        ("q:tests", Mark(decision="FULL")),
        (OVERALL, Mark(points=-5.0, decision="graded")),
        ("m:s000001", Mark(points=5.0, decision="talk to")),
        ("x:0123456789ab", Mark(points="a lot", decision="whatever")),
        ("cli", Mark()),
    ],
)
def test_what_can_be_used_is_not_told(key: str, mark: Mark) -> None:
    assert say({key: mark}) == []


def test_many_are_told_in_one_short_sentence() -> None:
    (sentence,) = say({f"item{number}": Mark(points="a word " * 40) for number in range(1000)})
    assert sentence.startswith("1,000 marks cannot be counted: 1 item0 points “a word")
    assert sentence.endswith(" and 995 more.")
    assert len(sentence) < 400


@pytest.mark.parametrize(
    ("key", "mark", "given"),
    [
        ("cli", Mark(decision="found"), True),
        ("cli", Mark(decision="Absent"), True),
        ("cli", Mark(decision="Absent!"), False),
        ("cli", Mark(decision="full"), False),
        ("cli", Mark(decision="ask again"), False),
        ("cli", Mark(points="a lot"), False),
        ("cli", Mark(points=0.0), True),
        ("q:tests", Mark(decision="full"), True),
        (OVERALL, Mark(decision="second look"), False),
        (OVERALL, Mark(decision="Graded"), True),
        (OVERALL, Mark(points=1.0), False),
        ("m:s000001", Mark(points=1.0, decision="as the group"), False),
        ("u:01234567", Mark(decision="as the group"), False),
        ("x:0123456789ab", Mark(points=1.0), False),
    ],
)
def test_only_known_words_and_numbers_settle_a_row(key: str, mark: Mark, given: bool) -> None:
    assert is_given(key, mark) is given

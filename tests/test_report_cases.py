"""Golden cases of the report reader: each odd thing that people do to a report, once."""

import pytest

from tests.support.reports import (
    EXAMPLE_FIGURE,
    JPEG,
    PNG,
    Case,
    load_cases,
    read_text,
    show_answers,
    show_figures,
    show_ticks,
)
from tests.support.repos import Content, Link

FILES: dict[str, Content] = {
    "reports/figures/a.png": PNG,
    "reports/figures/b.jpg": JPEG,
    "reports/figures/two words.png": PNG,
    "reports/figures/with_line.png": PNG,
    "reports/figures/x(1).png": PNG,
    "reports/figures/text.png": "not an image\n",
    "reports/figures/empty.png": "",
    "reports/figures/cut.png": PNG[:-4],
    "reports/figures/pointer.png": "version https://git-lfs.github.com/spec/v1\n",
    "reports/figures/link.png": Link("a.png"),
    "reports/figures/overview.png": EXAMPLE_FIGURE,
    "reports/figures/large.png": None,
    "docs/c.png": PNG,
}


def question(answer: str) -> str:
    """A report of one answer, which begins in line 4."""
    return (
        f"### Question 4\n> **Upload 1 to 2 images of the growth and explain what they show.**\n> Answer:\n{answer}\n"
    )


def _named(name: str) -> pytest.MarkDecorator:
    cases = list(load_cases(name))
    assert cases
    return pytest.mark.parametrize("case", cases, ids=[case.title.replace(" ", "_")[:60] for case in cases])


@_named("answers.md")
def test_answers(case: Case) -> None:
    assert show_answers(read_text(case.source)) == case.expected


@_named("answers.md")
def test_answers_with_other_line_ends(case: Case) -> None:
    """A Windows editor's and an old Mac's line ends change nothing but the text's own."""
    for end in ("\r\n", "\r"):
        assert show_answers(read_text(case.source.replace("\n", end))) == case.expected


@_named("checklist.md")
def test_claims(case: Case) -> None:
    assert show_ticks(read_text(case.source)) == case.expected


@_named("figures.md")
def test_figures(case: Case) -> None:
    assert show_figures(read_text(question(case.source), FILES)) == case.expected

"""Student markdown becomes HTML that cannot do anything, and stays readable."""

import html
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harvester.outputs.markdown_html import LONGEST, Effort, render_markdown
from harvester.outputs.wording import safe_url

VECTORS = (Path(__file__).parent / "cases" / "xss.txt").read_text(encoding="utf-8").splitlines()
ALLOWED = re.compile(
    r"</?(a|blockquote|br|code|del|div|em|hr|li|ol|p|pre|s|span|strong|t(able|body|d|h|head|r)|ul)\b[^<>]*>"
)


def render(text: str) -> str:
    def show(source: str, in_link: bool) -> str | None:
        return f"[FIGURE {html.escape(source)}]" if source.startswith("figures/") else None

    return str(render_markdown(text, show_image=show, resolve_link=safe_url))


def text_of(markup: str) -> str:
    return html.unescape(re.sub(r"<[^<>]*>", "", markup))


@pytest.mark.parametrize("vector", VECTORS)
def test_no_vector_leaves_an_element_that_acts(vector: str) -> None:
    assert_harmless(render(vector))


@pytest.mark.parametrize("vector", [one for one in VECTORS if one.startswith("<") and "&" not in one])
def test_raw_html_stays_readable_as_text(vector: str) -> None:
    shown = text_of(render(vector))
    for word in re.findall(r"[A-Za-z]{4,}", vector):
        assert word in shown


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(
        st.text(max_size=400),
        st.lists(st.sampled_from([*VECTORS, "\n", "# ", "- ", "\ue0000\ue001", "&#xE000;0&#xE001;"])).map("".join),
    )
)
def test_any_text_is_harmless(text: str) -> None:
    assert_harmless(render(text))


def assert_harmless(markup: str) -> None:
    for tag in re.findall(r"<[^<>]*>", markup):
        assert ALLOWED.fullmatch(tag), tag
        assert not re.search(r"\son\w+\s*=|style=|\ssrc", re.sub(r'"[^"]*"', '""', tag), re.IGNORECASE), tag
        for target in re.findall(r'href="([^"]*)"', tag):
            assert re.match(r"(https?|mailto):", html.unescape(target), re.IGNORECASE), tag
    assert "<" not in re.sub(r"<[^<>]*>", "", markup)


def test_images_of_both_kinds_are_shown_where_they_stand() -> None:
    markup = render('before ![one](figures/a.png) after\n\n<img width="3" src="figures/b_c_d.png" alt="two">')
    assert markup.index("before") < markup.index("[FIGURE figures/a.png]") < markup.index("after")
    assert "[FIGURE figures/b_c_d.png]" in markup
    assert "<img" not in text_of(markup)


def test_an_image_that_nobody_knows_is_named_not_fetched() -> None:
    assert "![x](https://attacker.invalid/p.png)" in text_of(render("![x](https://attacker.invalid/p.png)"))


def test_links_are_marked_external_and_tell_nobody() -> None:
    markup = render("[docs](https://example.invalid/a) and https://example.invalid/b. [mail](mailto:a@example.invalid)")
    assert markup.count('rel="noopener noreferrer"') == 3
    assert markup.count('class="ext"') == 3
    assert 'href="https://example.invalid/b"' in markup


@pytest.mark.parametrize(
    "mark", ["\ue0000\ue001", "&#xE000;0&#xE001;", "&#xE000;999&#xE001;", "```&#xE000;0&#xE001;\nx\n```"]
)
def test_nothing_that_a_text_holds_stands_for_our_own_markup(mark: str) -> None:
    markup = render(f"[docs](https://example.invalid/a)\n\n{mark}")
    assert markup.count('class="ext"') == 1
    assert_harmless(markup)


def test_a_link_that_must_not_be_followed_keeps_its_words() -> None:
    assert render("[words](ftp://example.invalid)") == '<p><span class="nolink">words</span></p>\n'


def test_markdown_is_laid_out_without_headings_of_its_own() -> None:
    markup = render("# Big\n\n1. one\n2. two\n\n**bold** `code`\n\n| a |\n|---|\n| 1 |\n\n```py\nx < 1\n```")
    assert '<p class="heading">Big</p>' in markup
    for piece in ("<ol>", "<strong>bold</strong>", "<code>code</code>", '<div class="scroll"', "x &lt; 1"):
        assert piece in markup


def test_a_very_long_answer_is_cut_and_says_so() -> None:
    markup = render("ord " * LONGEST)
    assert len(markup) < LONGEST + 500
    assert "the rest is in the original" in markup


def test_text_that_would_hold_up_the_parser_is_shown_plainly() -> None:
    assert render("[" * 30_000).startswith('<pre class="plain">[[')


@pytest.mark.parametrize(
    "text",
    ["a**b " * 8_000, "- a\n" * 10_000, "|a" * 200 + "|\n" + "|-" * 200 + "|\n" + "x\n" * 19_000],
    ids=["emphasis", "list", "table"],
)
def test_a_page_of_answers_at_the_limit_takes_its_time_only(text: str) -> None:
    """Once a page has taken enough, its answers are shown as they were written, and it is said."""
    effort = Effort()
    pages = [render_markdown(text, show_image=lambda *_: None, resolve_link=safe_url, effort=effort) for _ in range(31)]
    assert sum("Shown as it was written" not in page for page in pages) <= 6
    assert "Shown as it was written" not in pages[0]
    assert "Shown as it was written" in pages[-1] and text_of(pages[-1]).startswith(text[:LONGEST])
    assert_harmless(pages[-1])


def test_a_long_report_is_laid_out_whole() -> None:
    """Thirty answers of eight hundred words each, four times what is asked for."""
    effort = Effort()
    text = "- **Harvester** reads `every` *answer* of the report.\n\n" * 100
    for _ in range(30):
        assert "<pre" not in render_markdown(text, show_image=lambda *_: None, resolve_link=safe_url, effort=effort)

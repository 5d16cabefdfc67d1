"""The fast reader of YAML says what the strict one says, or leaves the text to it."""

import string
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harvester.config.families import builtin_configs
from harvester.config.yaml_fast import DoubtError, load_fast
from harvester.config.yaml_strict import load_strict
from harvester.errors import ConfigError

FILES = sorted(builtin_configs().rglob("*.yaml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_our_own_files_are_read_fast(path: Path) -> None:
    """And as the strict parser reads them."""
    text = path.read_text(encoding="utf-8")

    assert load_fast(text) == load_strict(path, text)


_ATOMS = st.sampled_from(
    [
        *(
            "a",
            "yes",
            "no",
            "on",
            "true",
            "True",
            "null",
            "~",
            "",
            "1",
            "-1",
            "+1",
            "007",
            "0o7",
            "0x1F",
            "0b1",
            "1_000",
        ),
        *(
            "1.5",
            ".5",
            "1.",
            "1e3",
            "1.5e-3",
            ".inf",
            "-.Inf",
            ".nan",
            "nan",
            "2026-01-23",
            "2026-01-23T23:59:00+01:00",
        ),
        *(
            "12:30",
            "1:2:3",
            "0e8cde37",
            "12e3",
            "<<",
            "=",
            "3.11-slim",
            "1.2.3",
            "'1'",
            '"true"',
            "'it''s'",
            '"\\n\\x41"',
        ),
        *("a b", "a: b", "a:b", "a #b", "a#b", "[a, b]", "{a: 1, b: [2]}", "[a:b]", "{a:b}", "&x 1", "*x", "!!str 1"),
        *(
            "!!int 'x'",
            "!mine a",
            "|\n  block\n  more",
            ">-\n  folded\n  text",
            "- 1",
            "? a",
            "@a",
            "`a",
            "%a",
            "a\tb",
            "_1",
        ),
        *(
            "\u2028",
            "\x85",
            "\ufeffa",
            "\U0001f600",
            "æøå",
            "0",
            "-0",
            "00",
            "1__0",
            "+.5",
            "-",
            "--",
            "---",
            "...",
            "e3",
        ),
    ]
)
_LINES = st.lists(
    st.tuples(
        st.sampled_from(["", "  ", "- ", "  - "]), st.sampled_from(["a: ", "b: ", "", "1: ", "? ", "c:"]), _ATOMS
    ).map("".join),
    min_size=1,
    max_size=6,
).map("\n".join)
_ANY = st.one_of(_LINES, st.text(string.printable, max_size=80), st.text(max_size=40))


@given(_ANY)
@example("a: 1\na: 2")
@example("a: &x [1]\nb: *x")
@example("a: &x\n  b: *x")
@example("!")
@example("a: ! 'b'\nc: ! d")
def test_whatever_is_read_fast_is_read_right(text: str) -> None:
    """Numbers, words, quotes, keys twice, aliases, tags: in doubt the strict parser has the word."""
    try:
        fast = load_fast(text)
    except DoubtError:
        return
    assert repr(load_strict(Path("x.yaml"), text)) == repr(fast)


def test_bombs_are_left_to_the_strict_parser() -> None:
    """Aliases that unfold to more than can be, and nesting without end."""
    bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{new}: &{new} [{', '.join(['*' + old] * 10)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    for text in (bomb, "[" * 5_000, "[" * 90_000, "- " * 90_000, "a: " + "{a: " * 500 + "}" * 500):
        with pytest.raises(DoubtError):
            load_fast(text)


def test_what_is_wrong_has_the_strict_parsers_words(tmp_path: Path) -> None:
    """With file and line."""
    with pytest.raises(ConfigError, match=r"x\.yaml, line 2"):
        load_strict(Path("x.yaml"), "a: 1\na: 2\n")

"""Text into cells and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.outputs.cells import CELL_LIMIT, active, clean, decode, encode, neutral, tidy
from tests.support.records import HOSTILE

ANY = st.text(st.characters(), max_size=300) | st.sampled_from(HOSTILE)


@given(ANY)
def test_a_cell_comes_back_as_it_was_written(text: str) -> None:
    assert decode(encode(clean(text))) == clean(text)


@given(ANY)
def test_clean_text_is_legal_xml_and_fits(text: str) -> None:
    cleaned = clean(text)
    assert all(one in "\t\n" or one >= " " for one in cleaned)
    assert not {"\ufffe", "\uffff", *map(chr, range(0x7F, 0xA0))} & set(cleaned)
    assert clean(cleaned) == cleaned


def test_a_long_text_is_cut_at_the_limit_of_utf16_units_and_says_so() -> None:
    cut = clean("🚀" * CELL_LIMIT)
    assert len(cut.encode("utf-16-le")) // 2 <= CELL_LIMIT
    assert cut.startswith("🚀🚀")
    assert "cut here" in cut
    assert clean("x" * CELL_LIMIT) == "x" * CELL_LIMIT


@given(ANY)
def test_csv_cells_never_begin_a_formula(text: str) -> None:
    assert neutral(text)[:1] not in tuple("=+-@\t\r")


def test_only_what_could_be_a_formula_is_touched() -> None:
    assert neutral("=1") == "'=1"
    assert neutral("  @x") == "'  @x"
    assert neutral("plain - text") == "plain - text"
    assert active("＝1")


def test_points_are_numbers_in_any_language_and_nothing_else_is() -> None:
    assert tidy("2,5", number=True) == tidy("2.5", number=True) == tidy(2.5, number=True) == 2.5
    assert tidy(" -1 ", number=True) == -1.0
    for text in ("2.5.1", "1e5", "two", "=1", "nan", "٣", "1" * 30):
        assert tidy(text, number=True) == text
    assert tidy(float("nan"), number=True) == "nan"
    assert tidy(True, number=True) == "TRUE"
    assert tidy("2,5") == "2,5"
    assert tidy(7) == "7"
    assert tidy(" \n ") is None


@pytest.mark.parametrize("held", [1e19, -1e30, float("inf"), float("nan"), "9" * 19])
def test_a_number_of_a_key_that_was_held_down_is_text(held: object) -> None:
    """It is said as a mark that cannot be counted, and stops nothing."""
    assert isinstance(tidy(held, number=True), str)

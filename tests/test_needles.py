"""What a pattern needs in a text: never more than what it matches without."""

import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.probes.needles import fold, may_match, needles

PATTERNS = (
    r"\b(?:wandb|weights (?:&|and) biases|w&b)\b",
    r"^(?!.*\bsingle\b).*(?:\btorchrun\b|\bdistributed (?:data parallel|training)\b)",
    r"(?:re)?train(?:ed|ing)? on|(?:skip)*kit+(?>ab|a)|(?:ok){1,3}?ay",
    r"(?x) spaced \  out # a comment",
    r"k[aeiou]ss|mi(?i:st)|(k)is\1",
)


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        (r"\bhydra\b", ("hydra",)),
        (r"(?:pytorch[- ])?lightning", ("lightning",)),
        (r"\bonnx(?:[- ]?runtime)?\b|\bBentoML\b", ("bentoml", "onnx")),
        (r"gs://|(?:gcs|gcp).{0,30}\bbucket", ("bucket", "s://")),  # Python takes the g before both alternatives
        (r"a|bucket", ()),
        (r"(?:bucket)*", ()),
        (r"[^#]*", ()),
        (r"søren|\w+", ()),
    ],
)
def test_words_of_patterns(pattern: str, words: tuple[str, ...]) -> None:
    assert needles(pattern) == words


@pytest.mark.parametrize("pattern", PATTERNS)
@given(data=st.data())
def test_no_text_that_matches_is_passed_over(pattern: str, data: st.DataObject) -> None:
    text = data.draw(st.from_regex(re.compile(pattern, re.IGNORECASE)))
    assert may_match(pattern, fold(text))


def test_letters_that_count_as_ascii_are_folded_to_it() -> None:
    letters = re.compile("[a-z]", re.IGNORECASE)
    alike = [chr(code) for code in range(128, sys.maxunicode) if letters.match(chr(code))]
    assert alike
    for letter in alike:
        assert re.match(fold(f"{letter}x"), f"{letter}x", re.IGNORECASE)
        assert fold(letter).isascii()


def test_a_text_without_the_words_is_passed_over() -> None:
    assert not may_match(r"\bhydra\b", fold("Configured with OmegaConf."))
    assert may_match(r"\bhydra\b", fold("HYDRA"))

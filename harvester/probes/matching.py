"""Names against patterns (`torch.nn.*`), often the same ones: compiled once, and each answer remembered."""

import re
from fnmatch import translate
from functools import lru_cache


@lru_cache(maxsize=200_000)
def matches(text: str, patterns: tuple[str, ...]) -> bool:
    """Whether the whole text matches one of the patterns, in which `*` stands for anything; case counts."""
    return _compiled(patterns).match(text) is not None


@lru_cache(maxsize=4_000)
def _compiled(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(translate, patterns)) if patterns else r"(?!)")

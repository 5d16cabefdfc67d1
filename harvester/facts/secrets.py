"""Secrets in text: found by detect-secrets, masked wherever a line is quoted, listed by line and kind."""

import re
from collections.abc import Iterator
from functools import cache
from itertools import groupby, islice, pairwise
from typing import Any, Protocol

from harvester.models.files import SecretSpot

MASK = "•••"
_MOST = 50
_LONGEST = 2_000
_EXACT = {
    sign: re.compile(pattern)
    for signs, pattern in (
        ("key", r"begin [a-z ]*key|accountkey=|private_key_id"),
        ("akia asia", r"\b(?:akia|asia)[0-9a-z]"),
        ("aiza", "aiza"),
        ("ghp_ gho_ ghu_ ghs_ ghr_", r"\bgh[pousr]_"),
        ("github_pat_", "github_pat_"),
        ("glpat-", "glpat-"),
        ("hf_", r"\bhf_[a-z0-9]{30}"),
        ("xox", "xox[abprs]-"),
        ("sk- sk_", r"\bsk[-_](?:live|test|proj|or|ant|[a-z0-9]{20})"),
        ("eyj", r"\beyj[\w-]{10}"),
        ("://", r"://(?:hooks\.slack|[^/\s:@'\"]{0,100}:[^/\s@'\"]{1,100}@)"),
        ("npm_", "npm_[a-z0-9]{30}"),
        ("pypi-", "pypi-[a-z0-9]"),
        ("sg.", r"\bsg\.[\w-]{20}"),
        ("sq0", "sq0[a-z]{3}-"),
        ("rk_live", "rk_live"),
        ("gocspx-", "gocspx-"),
        ("wandb", r"wandb_v\d_"),
    )
    for sign in signs.split()
}
"""A sign of a secret of a known format, and what stands around it in one; in small letters."""
_LONG = re.compile(r"\b(?:sk[0-9a-f]{32}|[0-9a-f]{40}\b|\d{8,10}:[\w-]{35})")
"""What such a secret is beside any sign, in small letters."""
_NAMED = re.compile(
    r"(?:api_?-?key|secret|token|passw|pwd|passphrase|credential|private_?-?key)[\w-]*[\"']?\]?\s*+(?::=|=>|[:=])\s*+"
    r"[frb]?[\"']?(?=[^\s\"']*\d)(?=[^\s\"']*[a-z])[^\s\"'(){}\[\]$<>,]{8,}"
)
"""What gives something of a secret's name a value with letters and digits, in small letters."""
_SIGNS = sorted((*_EXACT, "secret", "token", "passw", "pwd", "passphrase", "credential", ":aa"))
"""Every line that holds a secret holds one of these, in small letters."""
_BY_LETTER = tuple(
    re.compile(f"{letter}(?:{'|'.join(re.escape(sign[1:]) for sign in signs)})".encode())
    for letter, signs in groupby(_SIGNS, lambda sign: sign[0])
)
"""The signs, in a pattern for each letter that some begin with: one letter is searched for as fast as one sign."""
_NO_SECRET = re.compile(
    r"^(?:\$|%|<|\{|\[|\.|/|@)|[\s{}<>()$]|\*{3}|x{4}|\.{3}"
    r"|^(?:your|my|the|some|insert|change|example|dummy|test|fake|todo)|placeholder|changeme|example|^(?:true|false|none|null)$",
    re.IGNORECASE,
)
_OWN = (
    ("W&B key", re.compile(r"(?i)(?:wandb|key|token|login)\w*\W.{0,40}?\b([0-9a-f]{40})\b")),
    ("W&B key", re.compile(r"\b(wandb_v\d_[A-Za-z0-9_]{30,})")),
    ("Google API key", re.compile(r"\b(AIza[0-9A-Za-z_\-]{35})")),
    ("Google OAuth secret", re.compile(r"\b(GOCSPX-[0-9A-Za-z_\-]{20,})")),
    ("Hugging Face token", re.compile(r"\b(hf_[A-Za-z0-9]{30,})")),
    ("GitHub Token", re.compile(r"\b(github_pat_[A-Za-z0-9_]{30,}|gh[pousr]_[A-Za-z0-9]{30,})")),
    ("Private Key", re.compile(r"BEGIN [A-Z ]*PRIVATE KEY-+(?:\\n|\s)*([A-Za-z0-9+/=\\]{20,})")),
    ("Private Key Id", re.compile(r"\"private_key_id\"\s*:\s*\"([0-9a-f]{40})\"")),
)
"""What students of this field leave in repositories and detect-secrets has no detector for."""


class _Detector(Protocol):
    secret_type: str

    def analyze_string(self, string: str) -> Iterator[str]: ...


@cache
def _detectors() -> tuple[tuple[_Detector, ...], Any]:
    """The detectors of exact formats, and the one of keywords."""
    from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
    from detect_secrets.plugins.base import RegexBasedDetector
    from detect_secrets.plugins.ip_public import IPPublicDetector
    from detect_secrets.plugins.keyword import KeywordDetector

    classes: list[Any] = list(get_mapping_from_secret_type_to_class().values())
    exact = [kind for kind in classes if issubclass(kind, RegexBasedDetector) and kind is not IPPublicDetector]
    return tuple(kind() for kind in sorted(exact, key=lambda kind: str(kind.secret_type))), KeywordDetector()


def find_secrets(text: str) -> tuple[SecretSpot, ...]:
    """Where secrets stand in a text, at most 50."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    kinds = ((number, next((kind for kind, _ in _find(line)), "")) for number, line in _suspect_lines(text))
    return tuple(islice((SecretSpot(number, kind) for number, kind in kinds if kind), _MOST))


def mask(text: str) -> str:
    """The text with every secret in it replaced."""
    values = [(number, value) for number, line in _suspect_lines(text) for _, value in _find(line)]
    if not values:
        return text
    lines = text.split("\n")
    for number, value in values:
        lines[number - 1] = lines[number - 1].replace(value, MASK)
    return "\n".join(lines)


def _suspect_lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines that hold a sign of secrets, with their numbers: a search that costs next to nothing."""
    data = text.encode("utf-8", "replace")
    lowered = data.lower()
    starts = set()
    for signs in _BY_LETTER:
        sign = signs.search(lowered)
        while sign:
            starts.add(lowered.rfind(b"\n", 0, sign.start()) + 1)
            end = lowered.find(b"\n", sign.start())
            sign = signs.search(lowered, end) if end >= 0 else None
    number, position = 1, 0
    for start in sorted(starts):
        number += data.count(b"\n", position, start)
        position = start
        end = data.find(b"\n", start)
        yield number, data[start : min(end if end >= 0 else len(data), start + _LONGEST)].decode("utf-8", "replace")


def _find(line: str) -> Iterator[tuple[str, str]]:
    """(kind, value) of the secrets in a line; those of exact formats first, so that a keyword never hides one."""
    line = line[:_LONGEST]
    small = line.lower()
    is_exact = _LONG.search(small) or any(sign in small and around.search(small) for sign, around in _EXACT.items())
    is_named = _NAMED.search(small)
    if not is_exact and not is_named:
        return
    for kind, pattern in _OWN:
        yield from ((kind, found[1]) for found in pattern.finditer(line))
    exact, keyword = _detectors()
    if is_exact:
        for detector in exact:
            for value in detector.analyze_string(line):
                if value and len(value) >= 6 and not _NO_SECRET.search(value):
                    yield detector.secret_type, value
    if is_named:
        for value in keyword.analyze_string(line):
            if value and _is_random(value):
                yield keyword.secret_type, value


def _is_random(value: str) -> bool:
    """Whether a value beside a word like `password` is more than a name or a placeholder."""
    if len(value) < 8 or _NO_SECRET.search(value) or _is_counted(value):
        return False
    return bool(re.search(r"\d", value) and re.search(r"[A-Za-z]", value)) and not re.search(
        r"[a-z]{2}[-_.][a-z]{3}", value
    )


def _is_counted(value: str) -> bool:
    """Whether most marks of a value are each the next after the one before: `1234567890abcdef`."""
    steps = [ord(after) - ord(before) for before, after in pairwise(value)]
    return steps.count(1) > len(steps) / 2

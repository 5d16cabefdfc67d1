"""Shell text into simple commands, and a command's words into the ways it can be read."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from harvester.models.files import Line
from harvester.models.quick import quick

_LONGEST = 2_000
_MOST = 2_000
_DEEPEST = 4
_KEYWORDS = (*("if", "then", "else", "elif", "do", "while", "until", "!", "{", "(", "time", "exec", "nohup", "fi"),)
_PREFIXES = frozenset(("sudo", "env", "command", "nice", "cross-env", "dotenv", "xvfb-run", "caffeinate", "xargs"))
_RUNNERS = {
    "uv": ("run",),
    "poetry": ("run",),
    "pdm": ("run",),
    "pipenv": ("run",),
    "hatch": ("run",),
    "rye": ("run",),
    "pixi": ("run",),
    "conda": ("run",),
    "mamba": ("run",),
    "micromamba": ("run",),
}
_RUN_DIRECTLY = frozenset(("uvx", "pipx", "npx"))
_PYTHON = re.compile(r"(?:.*/)?python[\d.w]*(?:\.exe)?$")
_RUNNER_VALUES = (
    *("-n", "--name", "-p", "--prefix", "--python", "--with", "--extra", "--group", "--only-group"),
    *("--no-group", "--env-file", "--project", "--package", "--directory", "-e", "-f", "--from"),
    *("--index-url", "--with-requirements", "--env"),
)
_SHELLS = frozenset(["bash", "sh", "zsh", "cmd", "powershell", "pwsh"])
_SCRIPT_OPTION = re.compile(r"-[a-z]*c|/c")
_CONTAINER_SWITCH = re.compile(
    r"-[ditPqT]+|--(?:rm|detach|interactive|tty|init|privileged|read-only|no-healthcheck|publish-all|quiet|no-deps"
    r"|service-ports|build|no-TTY)"
)
"""Options of `docker run` and `exec` without a value."""
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_HEREDOC = re.compile(r"(?<!<)<<-?\s*['\"]?(\w+)['\"]?")
PRINTERS = frozenset(("echo", "printf", "write-host", "write-output"))
_IGNORE_FAILURE = re.compile(r"^\s*(?:true|:|echo\b.*|printf\b.*|exit\s+0|/bin/true)\s*$", re.DOTALL)
_EXIT_ZERO = frozenset(("--exit-zero",))
_SAID = re.compile(r"\$\(\s*(?:echo|printf)\s+(.*)\)|`(?:echo|printf)\s+(.*)`", re.DOTALL)
"""What `eval $(echo ...)` runs."""
_MARKS = re.compile(r"[\"'\\#&|;$)}]")
_QUOTES = re.compile(r"[\"'\\]")
_BLANKS = re.compile(r"[ \t\r\n]+")


@quick
@dataclass(frozen=True, slots=True)
class Simple:
    """A simple command; `may_fail` tells that its failure is ignored."""

    text: str
    line: int
    may_fail: bool = False


def logical_lines(text: str, first: int = 1) -> Iterator[Line]:
    """The lines of a script, continuations joined, comments and here-documents left out."""
    pending, start = "", first
    end_mark = ""
    for number, raw in enumerate(text.splitlines(), first):
        if end_mark:
            if raw.strip() == end_mark:
                end_mark = ""
            continue
        if not pending:
            start = number
        stripped = raw.strip()
        if stripped.startswith("#") and not stripped.startswith("#!"):
            continue
        if stripped.endswith(("\\", "`", "^")) and not stripped.endswith("\\\\"):
            pending += stripped[:-1] + " "
            continue
        line = (pending + stripped).strip()
        pending = ""
        if found := _HEREDOC.search(line):
            end_mark = found[1]
        if line and not line.startswith("#!"):
            yield Line(line[:_LONGEST], start)
    if pending.strip():
        yield Line(pending.strip()[:_LONGEST], start)


def split_commands(text: str, first: int = 1, depth: int = 0) -> list[Simple]:
    """The simple commands of a script, in order, at most 2,000; `depth` tells how far within others it stands."""
    found: list[Simple] = []
    for line in logical_lines(text, first):
        parts = list(_split_line(line.text))
        for number, (part, _) in enumerate(parts):
            following = parts[number + 1] if number + 1 < len(parts) else None
            ignored = following is not None and following[1] == "||" and bool(_IGNORE_FAILURE.match(following[0]))
            command = _strip_keywords(part)
            if command:
                found.append(Simple(command, line.line, ignored))
            found.extend(Simple(inner, line.line, ignored) for inner in _substituted(part, depth))
        if len(found) >= _MOST:
            break
    return found


def _substituted(text: str, depth: int) -> Iterator[str]:
    """The commands whose output goes into a command: `JOB=$(gcloud ai ...)`; those within them, too."""
    start = text.find("$(") if depth < _DEEPEST else -1
    while start >= 0:
        left, end = 0, start + 1
        while end < len(text):
            left += {"(": 1, ")": -1}.get(text[end], 0)
            if not left:
                break
            end += 1
        inner = text[start + 2 : end].strip()
        if not inner.startswith("("):
            yield from (part.text for part in split_commands(inner, depth=depth + 1))
        start = text.find("$(", end)


def _split_line(text: str) -> Iterator[tuple[str, str]]:
    """(command, the operator before it), split at operators outside of quotes."""
    start, operator, quote, position, depth = 0, "", "", 0, 0
    while found := _MARKS.search(text, position):
        mark, position = found[0], found.start()
        if quote:
            if mark == "\\" and quote == '"':
                position += 1
            elif mark == quote:
                quote = ""
        elif mark == "\\":
            position += 1
        elif mark in "\"'":
            quote = mark
        elif mark == "#" and (position == 0 or text[position - 1] in " \t"):
            text = text[:position]
            break
        elif text.startswith(("$(", "${"), position):
            depth += 1
            position += 1
        elif depth and mark in ")}":
            depth -= 1
        elif not depth and mark in "&|;" and not text.startswith(("&>", ">&"), position):
            if mark == "&" and position and text[position - 1] == ">":
                position += 1
                continue
            yield text[start:position], operator
            width = 2 if text[position : position + 2] in ("&&", "||", ";;") else 1
            operator = text[position : position + width]
            position += width
            start = position
            continue
        position += 1
    yield text[start:], operator


def _strip_keywords(text: str) -> str:
    text = text.strip()
    while True:
        word, _, rest = text.partition(" ")
        if word not in _KEYWORDS:
            return text.rstrip(" )}") if text.endswith((" )", " }")) else text
        text = rest.strip()


@lru_cache(maxsize=4_000)
def split_words(text: str) -> tuple[str, ...]:
    """A command's words, quotes taken off; split at blanks where the quotes do not match."""
    if not _QUOTES.search(text):
        return tuple(word for word in _BLANKS.split(text[:_LONGEST]) if word)
    try:
        return tuple(shlex.split(text[:_LONGEST], comments=False))
    except ValueError:
        return tuple(text[:_LONGEST].split())


@lru_cache(maxsize=4_000)
def read_forms(words: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """The ways to read a command: as it is written, and without what only runs another command."""
    forms: list[tuple[str, ...]] = []
    pending = [words]
    while pending and len(forms) < 8:
        form = _without_assignments(pending.pop(0))
        if form and form not in forms:
            forms.append(form)
            pending.extend(_inner(form))
    return tuple(forms)


def is_printed(words: tuple[str, ...]) -> bool:
    """Whether a command only prints its words."""
    return bool(words) and words[0].lower() in PRINTERS


def ignores_failure(words: tuple[str, ...]) -> bool:
    """Whether an option makes the command succeed whatever it finds."""
    return any(word in _EXIT_ZERO for word in words)


def _inner(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    first = words[0].lower().rpartition("/")[2].removesuffix(".exe")
    if first in PRINTERS:
        return
    if first != words[0]:
        yield (first, *words[1:])
    if first in _PREFIXES:
        yield _after_options(words[1:])
    elif first in _RUNNERS and (position := _index(words, _RUNNERS[first])):
        yield _after_options(words[position:])
    elif first in _RUN_DIRECTLY:
        yield _after_options(words[2:] if words[1:2] == ("run",) else words[1:])
    elif first in _SHELLS and len(words) > 2 and _SCRIPT_OPTION.fullmatch(words[1]):
        yield from (split_words(simple.text) for simple in split_commands(words[2]))
    elif first == "eval":
        said = _SAID.fullmatch(" ".join(words[1:]))
        script = said[1] or said[2] if said else " ".join(words[1:])
        yield from (split_words(simple.text) for simple in split_commands(script))
    elif first in ("docker", "podman"):
        after = words[2:] if words[1:2] in (("compose",), ("container",)) else words[1:]
        if after[:1] in (("run",), ("exec",)):
            yield _in_container(after[1:])
    if _PYTHON.match(first) or first in ("coverage", "kernprof", "accelerate", "torchrun"):
        yield from _after_module(words)
    for number, word in enumerate(words):
        if word == "--command" or word.startswith("--command="):
            script = word.partition("=")[2] or " ".join(words[number + 1 : number + 2])
            yield from (split_words(simple.text) for simple in split_commands(script))


def _in_container(words: tuple[str, ...]) -> tuple[str, ...]:
    """`-it --entrypoint sh shop -c "pytest"` -> `sh -c "pytest"`: what runs in a container."""
    entrypoint: tuple[str, ...] = ()
    position = 0
    while position < len(words) and words[position].startswith("-"):
        name, sign, value = words[position].partition("=")
        joined = len(name) > 2 and name[1] != "-"  # `-p8000:80`
        if not (sign or joined or _CONTAINER_SWITCH.fullmatch(name)) and position + 1 < len(words):
            position += 1
            value = words[position]
        entrypoint = (value,) if name == "--entrypoint" else entrypoint
        position += 1
    return (*entrypoint, *words[position + 1 :])


def _after_module(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """`python -m pytest x` -> `pytest x`; `coverage run -m pytest` likewise."""
    if "-m" in words[:-1]:
        yield words[words.index("-m") + 1 :]


def _index(words: tuple[str, ...], wanted: tuple[str, ...]) -> int:
    return next((number + 1 for number, word in enumerate(words[:6]) if word in wanted), 0)


def _after_options(words: tuple[str, ...]) -> tuple[str, ...]:
    position = 0
    while position < len(words) and words[position].startswith("-"):
        word = words[position]
        if word == "--":
            return words[position + 1 :]
        position += 2 if word in _RUNNER_VALUES else 1
    return words[position:]


def _without_assignments(words: tuple[str, ...]) -> tuple[str, ...]:
    """A command behind what is set for it; `JOB=$(gcloud ai ...)` sets only, what it runs is a command of its own."""
    position = left = 0
    while position < len(words) and (left > 0 or _ASSIGNMENT.match(words[position])):
        left += words[position].count("$(") - words[position].count(")") if left > 0 or "$(" in words[position] else 0
        position += 1
    return words[position:]

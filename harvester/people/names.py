"""Names, mails and logins as commits have them, made comparable. Two that differ in writing only become equal."""

import re
import unicodedata
from dataclasses import dataclass

_LETTERS = str.maketrans({"ø": "o", "æ": "ae", "ß": "ss", "ð": "d", "þ": "th", "ł": "l", "ı": "i", "đ": "d", "œ": "oe"})
_NOREPLY = re.compile(r"(?:https?://)?(?:(\d+)\+)?([^@+]+)@users\.noreply\.github\.com")
_STUDY = re.compile(r"s\d{6}")
_INNER_CAPITAL = re.compile(r"[a-z][A-Z]")
_ASIDE = re.compile(r"\(([^()]*)\)")
_BOT = re.compile(
    r"\[bot\]|[-_]bot$|^(?:dependabot|github[- ]actions?(?:[- ]bot)?|actions-user|renovate|greenkeeper|snyk|imgbot"
    r"|codecov|pre-commit[- ]ci|allcontributors|deepsource|sourcery|web-flow|github|gitlab|semantic-release|mergify"
    r"|google-labs-jules|(?:github[- ])?copilot(?:[- ].*)?|cursor(?:[- ]?agent)?"
    r"|claude[- ](?:code|ai|agent|opus|sonnet|haiku|\d).*"
    r"|(?:openai[- ])?codex(?:[- ].*)?|chatgpt|devin(?:[- ]ai.*)?|gemini[- ].*|aider\b.*|windsurf|amazon q)$"
)
_BOT_MAIL = re.compile(
    r"\[bot\]@|[-_]bot@|^(?:noreply@github\.com|support@github\.com|(?:github[-_.]?)?actions?@github\.com"
    r"|bot@renovateapp\.com|noreply@anthropic\.com|cursoragent@cursor\.com|.*@dependabot\.com|copilot@github\.com"
    r"|noreply@openai\.com|(?:\d+\+)?(?:copilot|claude|cursoragent|codex|devin-ai-integration|actions-user"
    r"|github-actions?)@users\.noreply\.github\.com)$"
)
_NOBODY = frozenset(
    {
        *("root", "user", "admin", "administrator", "ubuntu", "debian", "pi", "vscode", "codespace", "runner"),
        *("unknown", "anonymous", "none", "noname", "nobody", "me", "you", "student", "dev", "developer", "test"),
        *("yourname", "name", "no", "noreply", "mail", "email", "info", "contact", "hello", "git", "github", "default"),
        *("owner", "pc", "laptop", "desktop", "mac", "work", "home", "jovyan"),
    }
)
_NO_MAIL = frozenset(
    {"root", "user", "you", "your", "yourname", "name", "email", "noreply", "no-reply", "none", "no", "git", "test"}
)
_SAME_LETTERS = re.compile(r"(?<=[aou])e|(?<=a)a")
_SHORTEST_HANDLE = 4


@dataclass(frozen=True, slots=True)
class Identity:
    """What one name and mail say of who it is. Everything is folded: lower case, no accents.

    `words` is a full name (two words or more) of the name or of a mail such as `ada.sample@`; else empty.
    `ordered` is the same in order, and `camel` the words of a user name such as `AdaSample`, which may be a name.
    `first` is a name of one plain word; `logins` are of GitHub, with `#` and the account's number; `handles` are what
    may be a user name; `hosted` is a mail's with its host's name (`ada@uni.example` -> `adauni`); `studies` are study
    numbers.
    """

    name: str
    email: str
    words: frozenset[str] = frozenset()
    ordered: tuple[str, ...] = ()
    camel: tuple[str, ...] = ()
    first: str = ""
    mail: str = ""
    logins: frozenset[str] = frozenset()
    studies: frozenset[str] = frozenset()
    handles: frozenset[str] = frozenset()
    hosted: str = ""

    @property
    def nobody(self) -> bool:
        """Whether it could be anybody: a machine's user, a placeholder."""
        return not (self.words or self.first or self.mail or self.logins or self.studies or self.handles)


def fold(text: str) -> str:
    """Lower case, without accents; Danish and other letters as they are written without them."""
    lowered = text.casefold().translate(_LETTERS)
    return "".join(mark for mark in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(mark))


def squeeze(text: str) -> str:
    """Letters and digits only, `ae`, `oe`, `ue` and `aa` written as one letter: the same for Møller and Moeller."""
    return _SAME_LETTERS.sub("", "".join(mark for mark in fold(text) if mark.isalnum()))


def is_bot(name: str, email: str) -> bool:
    """Whether a program made the commit: a GitHub app, a CI service, a coding agent."""
    return bool(_BOT.search(fold(name.strip())) or _BOT_MAIL.search(email.strip().casefold()))


def read_identity(name: str, email: str) -> Identity:
    """Take a name and mail apart."""
    mail = email.strip().casefold().removeprefix("https://").removeprefix("http://")
    noreply = _NOREPLY.match(mail)
    login = squeeze(noreply[2]) if noreply else ""
    local, _, host = mail.partition("@")
    local = "" if noreply else local.partition("+")[0]
    plain = _ASIDE.sub(" ", name)
    asides = [squeeze(aside) for aside in _ASIDE.findall(name)]
    words = _words(plain) if _is_written_name(plain) else ()
    single = squeeze(plain) if len(words) < 2 else ""
    mail_words = _words(re.sub(r"\d", "", local)) if re.search(r"[a-z][._-][a-z]", local) else ()
    unnamed = single in ("", *mail_words) or single in _NOBODY
    ordered = words if len(words) > 1 else mail_words if unnamed and len(mail_words) > 1 else ()
    studies = {text for text in (squeeze(name), squeeze(local), login, *asides) if _STUDY.fullmatch(text)}
    inside = [squeeze(word) for word in plain.split() if _INNER_CAPITAL.search(word)]
    handles = {text for text in (single, login, squeeze(local), *asides, *inside) if _is_handle(text)}
    return Identity(
        name=name,
        email=email,
        words=frozenset(ordered),
        ordered=ordered,
        camel=_camel_words(plain.strip()) if len(words) < 2 else (),
        first=single if single.isalpha() and _is_written_name(plain) and single not in _NOBODY else "",
        mail=mail if _is_personal(local, host) else "",
        logins=frozenset({login, f"#{noreply[1] or login}"} if noreply else ()),
        studies=frozenset(studies),
        handles=frozenset(handles - studies),
        hosted=squeeze(local) + squeeze(host.split(".")[0]) if _is_handle(squeeze(local)) else "",
    )


def _words(text: str) -> tuple[str, ...]:
    return tuple(_SAME_LETTERS.sub("", word) for word in re.split(r"[^a-z]+", fold(text)) if word)


def _camel_words(text: str) -> tuple[str, ...]:
    parts = re.findall(r"[A-ZÆØÅ][^\W\d_A-ZÆØÅ]{2,}", text)
    return tuple(squeeze(part) for part in parts) if len(parts) > 1 and text.startswith(parts[0]) else ()


def _is_written_name(text: str) -> bool:
    """Whether it may be a person's name, not a machine's or a user name with marks."""
    return not re.search(r"[\\/@\d_]", text)


def _is_handle(text: str) -> bool:
    return len(text) >= _SHORTEST_HANDLE and text not in _NOBODY and not text.isdigit()


def _is_personal(local: str, host: str) -> bool:
    """Whether a mail belongs to one person: not to a machine, and not made up."""
    real = "." in host.strip(".") and not host.endswith((".local", ".localdomain", ".internal", ".lan", ".home"))
    return bool(local) and real and local not in _NO_MAIL


def spells(handle: str, ordered: tuple[str, ...]) -> bool:
    """Whether a user name is made of a full name: `asample`, `sample.a`, `adsamp`, `sampleada`, `samplesampleada`.

    Beginnings of the first name and of another one, in either order, or of all names in order, or whole names in any
    order; digits aside. Five letters at least, so that it is hardly so by chance.
    """
    letters = "".join(mark for mark in handle if mark.isalpha())
    if len(letters) < 5 or len(ordered) < 2:
        return False
    first, *others = ordered
    orders = [(first, other) for other in others] + [(other, first) for other in others]
    return any(_begins(letters, order) for order in (*orders, ordered, (*others, first))) or _repeats(letters, ordered)


def _repeats(letters: str, words: tuple[str, ...]) -> bool:
    """Whether letters are whole names, at least two different ones."""
    whole = [word for word in words if len(word) > 2]
    parts = (
        re.findall("|".join(re.escape(word) for word in sorted(whole, key=len, reverse=True)), letters) if whole else []
    )
    return len(set(parts)) > 1 and "".join(parts) == letters


def _begins(letters: str, words: tuple[str, ...]) -> bool:
    """Whether letters are a beginning of each word, one after another."""
    ends = {0}
    for word in words:
        ends = {
            start + length
            for start in ends
            for length in range(1, len(word) + 1)
            if letters[start : start + length] == word[:length]
        }
    return len(letters) in ends

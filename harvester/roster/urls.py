"""Repository addresses as people paste them -> one canonical URL."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

DEFAULT_PROTOCOLS = ("https", "ssh")

_MAX_LENGTH = 2000
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_MARKDOWN = re.compile(r"\[[^\[\]]*\]\(\s*<?([^()<>\s]+)>?[^()]*\)")
_HREF = re.compile(r"""href\s*=\s*["']?([^"'\s>]+)""", re.IGNORECASE)
_URL = re.compile(r"[a-z][a-z0-9+.-]*://[^\s<>\"'`|]+", re.IGNORECASE)
_SCP = re.compile(r"(?<![\w/.@:-])([\w.+-]+)@([a-z0-9][a-z0-9.-]*)[:/](?!//)([^\s<>\"'`|]+)", re.IGNORECASE)
_BARE = re.compile(r"(?<![\w/.@:-])(?:[a-z0-9-]+\.)+[a-z]{2,}(?::\d+)?[:/][^\s<>\"'`|]*", re.IGNORECASE)
_WEB = re.compile(r"(?<![\w/.@:-])(?:https?\s?:?\s?/{1,3}\s?)+(?=[\w@])", re.IGNORECASE)
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", re.IGNORECASE)
_SEGMENT = re.compile(r"[A-Za-z0-9._~+-]+")
_CREDENTIALS = re.compile(r"(?<![^\s/<>(\[\"'])[^\s/]+@")
_TOKEN = re.compile(r"(?<![A-Za-z0-9])(?:gh[a-z]_|github_pat_|glpat-)[\w-]+")
_QUERY_SECRET = re.compile(r"(?<=[?&#])[^=&#\s]*(token|key|secret|pass|auth)[^=&#\s]*=[^&#\s]*", re.IGNORECASE)

_FORGES = {"www.github.com": "github.com", "github.dev": "github.com", "ssh.github.com": "github.com"}
_NO_REPOSITORY = {
    "gist.github.com": "a gist",
    "wandb.ai": "a Weights & Biases page",
    "api.wandb.ai": "a Weights & Biases page",
    "colab.research.google.com": "a Colab notebook",
    "drive.google.com": "a Google Drive folder",
    "docs.google.com": "a Google document",
    "learn.inside.dtu.dk": "a page of DTU Learn",
}
_NO_OWNERS = frozenset(
    [
        "about",
        "apps",
        "collections",
        "enterprise",
        "explore",
        "features",
        "login",
        "marketplace",
        "notifications",
        "orgs",
        "organizations",
        "pricing",
        "search",
        "settings",
        "signup",
        "sponsors",
        "stars",
        "topics",
        "trending",
        "users",
    ]
)
_PAGES_OF_A_REPOSITORY = frozenset(
    [
        "-",
        "actions",
        "archive",
        "blob",
        "branches",
        "commit",
        "commits",
        "issues",
        "merge_requests",
        "projects",
        "pull",
        "pulls",
        "raw",
        "releases",
        "settings",
        "src",
        "tags",
        "tree",
        "wiki",
        "wikis",
    ]
)


@dataclass(frozen=True)
class _Address:
    scheme: str
    host: str
    port: int | None
    path: str
    secret: bool = False


def canonical_url(text: str, allow_protocols: Sequence[str] = DEFAULT_PROTOCOLS) -> tuple[str | None, str | None]:
    """The one URL of the repository that a text names.

    Parameters
    ----------
    text
        What a cell or page holds: an address in any form, also inside Markdown, HTML or a sentence.
    allow_protocols
        The course's protocols. Addresses become `https://host/owner/name`, or `ssh://git@host/owner/name` where the
        course allows ssh but not https. `file://`, plain absolute paths (which become `file://`) and `git://` are
        taken only where they are named.

    Returns
    -------
    tuple
        The URL and a sentence: the URL is None where there is none to use, and the sentence says why; with a URL, it
        tells what was odd, or is None. Neither ever holds a password or token.
    """
    text = _INVISIBLE.sub("", text).replace("\u00a0", " ").strip()
    if not text:
        return None, "There is no address."
    if len(text) > _MAX_LENGTH or _CONTROL.search(text):
        return None, "The address is longer than any address, or holds control characters."
    if text.startswith("-") or re.match(r"[\w+.-]+::", text):
        return None, "The address is an option or a command for git, not an address."
    local = _local(text, allow_protocols)
    if local is not None:
        return local
    address = _find(text)
    if address is None:
        return None, f"{shown(text)} is no address of a repository, such as https://github.com/owner/name."
    return _canonical(address, text, allow_protocols)


def same_repository(url: str) -> str:
    """A key that is equal for two canonical URLs of one repository: forges don't tell cases apart."""
    return re.sub(r"^ssh://git@", "https://", url).casefold().rstrip("/")


def other_repositories(text: str, allow_protocols: Sequence[str] = DEFAULT_PROTOCOLS) -> list[str]:
    """The canonical URLs of the repositories that a text names, but for the one that `canonical_url` takes."""
    taken, _ = canonical_url(text, allow_protocols)
    plain = _WEB.sub("https://", _INVISIBLE.sub("", text[:_MAX_LENGTH]))
    hits = [hit[0] for pattern in (_URL, _SCP, _BARE) for hit in pattern.finditer(plain)]
    found = {same_repository(url): url for hit in reversed(hits) if (url := canonical_url(hit, allow_protocols)[0])}
    if taken:
        found.pop(same_repository(taken), None)
    return list(reversed(found.values()))


def without_secrets(text: str) -> str:
    """The text with user names, passwords and tokens in its addresses masked."""
    text = _CREDENTIALS.sub(lambda hit: hit[0] if hit[0].lower() == "git@" else "***@", text)
    return _TOKEN.sub("***", _QUERY_SECRET.sub("***", text))


def shown(text: str) -> str:
    """A text as a sentence quotes it: short, on one line, without secrets."""
    text = " ".join(without_secrets(text).split())
    return f"“{text[:77]}…”" if len(text) > 80 else f"“{text}”"


def _local(text: str, allow_protocols: Sequence[str]) -> tuple[str | None, str | None] | None:
    """Addresses that are used as they are, where the course names their protocol; None for all others."""
    scheme = text.partition("://")[0].lower() if "://" in text else "file" if text.startswith(("/", "\\\\")) else ""
    if scheme not in ("file", "git"):
        return None
    if scheme not in allow_protocols:
        return None, f"{shown(text)} needs `{scheme}` under allow_protocols in course.yaml."
    if _CREDENTIALS.search(text) or re.search(r"\s", text) or text.startswith("\\"):
        return None, f"{shown(text)} is no {scheme} address: it holds spaces, backslashes or a user name."
    return (text if "://" in text else f"file://{text}"), None


def _find(text: str) -> _Address | None:
    """The first address in a text."""
    link = _MARKDOWN.search(text) or _HREF.search(text)
    if link:
        text = link[1]
    text = re.sub(r"(?<=/)[ \t]+(?=[\w.])|(?<=\w)[ \t]+(?=/ ?\w)", "", _WEB.sub("https://", text))
    if hit := _URL.search(text):
        return _split(hit[0])
    if hit := _SCP.search(text):
        return _Address("ssh", hit[2].lower(), None, hit[3], secret=hit[1].lower() != "git")
    if hit := _BARE.search(text):
        return _split(f"https://{hit[0]}")
    return None


def _split(url: str) -> _Address | None:
    scheme, _, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    host = authority.rpartition("@")[2]
    if re.search(r":(?!\d*$)", host):
        authority, slash, path = f"{authority.rpartition(':')[0]}", "/", f"{authority.rpartition(':')[2]}/{path}"
    try:
        parts = urlsplit(f"{scheme}://{authority}{slash}{path}")
        user, port = parts.netloc.rpartition("@")[0], parts.port
    except ValueError:
        return None
    scheme = scheme.lower().removeprefix("git+")
    secret = bool(user) and user.lower() != "git"
    return _Address(scheme, (parts.hostname or "").rstrip("."), port, parts.path, secret)


def _canonical(address: _Address, text: str, allow_protocols: Sequence[str]) -> tuple[str | None, str | None]:
    if address.scheme not in ("https", "http", "ssh"):
        return None, f"{shown(text)} uses {address.scheme[:20]}://, which is no way to fetch a repository."
    host, path = _forge(address.host, address.path)
    if not _HOST.fullmatch(host) or ".." in host or host in ("http", "https"):
        return None, f"{shown(text)} names no host."
    if host in _NO_REPOSITORY:
        return None, f"{shown(text)} leads to {_NO_REPOSITORY[host]}, which is no repository."
    if host.endswith((".github.io", ".gitlab.io")):
        return None, f"{shown(text)} leads to published pages, not to the repository behind them."
    segments, rest = _segments(host, path)
    if fault := _fault(host, segments):
        return None, f"{shown(text)} {fault}."
    return _joined(address, host, segments, allow_protocols), _note(address, rest)


def _forge(host: str, path: str) -> tuple[str, str]:
    """The forge's own host and path where the address is one of its other doors."""
    if host == "raw.githubusercontent.com":
        return "github.com", path
    if host == "api.github.com":
        return "github.com", path.removeprefix("/repos")
    return _FORGES.get(host, host.removeprefix("www.")), path


def _segments(host: str, path: str) -> tuple[list[str], list[str]]:
    """Owner and name (with groups between them on other forges), and what of the path comes after."""
    parts = [part for part in unquote(path).split("/") if part]
    end = 2 if "github" in host or host == "bitbucket.org" else len(parts)
    for i in range(2, end):
        if parts[i] in _PAGES_OF_A_REPOSITORY:
            end = i
            break
    segments, rest = parts[:end], parts[end:]
    if segments:
        segments[-1] = re.sub(r"(\.git)+$", "", segments[-1].rstrip(".,;:!?)]}*_~’”") or ".", flags=re.IGNORECASE)
    return segments, rest


def _fault(host: str, segments: list[str]) -> str | None:
    """What is wrong with owner and name, as the end of a sentence."""
    if not segments:
        return "names a host and no repository"
    if len(segments) < 2 or not segments[1]:
        return "names an owner and no repository"
    if "github" in host and segments[0].lower() in _NO_OWNERS:
        return "leads to a page of GitHub, not to a repository"
    if len(segments) > 20 or any(not _SEGMENT.fullmatch(part) or part.strip(".") == "" for part in segments):
        return "holds characters that no repository's name has"
    return None


def _joined(address: _Address, host: str, segments: list[str], allow_protocols: Sequence[str]) -> str:
    path = "/".join(segments)
    if "https" not in allow_protocols and "ssh" in allow_protocols:
        port = f":{address.port}" if address.port and address.scheme == "ssh" else ""
        return f"ssh://git@{host}{port}/{path}"
    usual = {"http": 80, "https": 443}.get(address.scheme)
    port = f":{address.port}" if usual and address.port and address.port != usual else ""
    return f"https://{host}{port}/{path}"


def _note(address: _Address, rest: list[str]) -> str | None:
    if address.secret:
        return "The address holds a user name, password or token, which was left out; if it is secret, revoke it."
    if len(rest) >= 2 and rest[0] == "tree" and rest[1] not in ("main", "master"):
        return f"The address leads to the branch {shown('/'.join(rest[1:]))}; the default branch is graded."
    return None

"""Which URLs git may be given, and how two of them are compared."""

import re
from urllib.parse import urlsplit, urlunsplit

from harvester.errors import MirrorError
from harvester.models.status import Status

_SCP = re.compile(r"(?:[A-Za-z0-9][\w.-]*@)?(?P<host>[A-Za-z0-9][\w.-]*):(?!/)(?P<path>[^-:].*)")
_ODD = re.compile(r"[\x00-\x20\x7f-\x9f\\]")


def check_url(url: str, allowed: tuple[str, ...]) -> str:
    """The protocol of a URL that git may be given.

    Raises
    ------
    MirrorError
        Status `refused`: an option, a remote helper (`ext::`), a plain path, a password, or a protocol not allowed.
    """
    if not url or url.startswith("-") or _ODD.search(url) or "::" in url.partition("/")[0]:
        raise _refuse("The repository's URL is not one that git may be given.", "Correct it in the roster.")
    protocol = _protocol(url)
    if protocol not in allowed:
        raise _refuse(
            f"The repository's URL uses {protocol or 'no protocol'}, and only {', '.join(allowed)} may be used.",
            "Correct the URL in the roster, or name the protocol under allow_protocols in course.yaml.",
        )
    return protocol


def _protocol(url: str) -> str:
    if "://" not in url:
        return "ssh" if _SCP.fullmatch(url) else ""
    try:
        parts = urlsplit(url)
        password, host = parts.password, parts.hostname or ""
    except ValueError:
        raise _refuse("The repository's URL cannot be read.", "Correct it in the roster.") from None
    if password is not None:
        raise _refuse("The repository's URL holds a password or token.", "Take it out of the roster, and revoke it.")
    if host.startswith("-") or (parts.username or "").startswith("-") or (not host and parts.scheme != "file"):
        raise _refuse("The repository's URL names no host.", "Correct it in the roster.")
    return parts.scheme


def canonical_url(url: str) -> str:
    """A URL without credentials, `.git` and final slashes, its host in lower case."""
    parts = urlsplit(url)
    host = (parts.hostname or "") + (f":{parts.port}" if parts.port else "")
    path = parts.path.rstrip("/").removesuffix(".git")
    return urlunsplit((parts.scheme, host, path, "", ""))


def same_repository(first: str, second: str) -> bool:
    """Whether two URLs name one repository: hosts, owners and names are the same in any case."""
    return canonical_url(first).casefold() == canonical_url(second).casefold()


def _refuse(message: str, hint: str) -> MirrorError:
    return MirrorError(message, hint, Status.REFUSED)

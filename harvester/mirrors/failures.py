"""What git says when it fails, as a status, a sentence and what to do."""

import errno
import re
from dataclasses import dataclass

from harvester.errors import MirrorError
from harvester.models.status import Status
from harvester.processes import Ending, Outcome


@dataclass(frozen=True)
class Failure:
    """Why a repository could not be mirrored.

    `transient`: another try may go well. `broken`: the mirror of before may be damaged.
    """

    status: Status
    sentence: str
    hint: str = ""
    transient: bool = False
    broken: bool = False


class SyncFailedError(Exception):
    """Carries a failure to the one place that writes it down."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.sentence)
        self.failure = failure


_GONE = Failure(
    Status.UNREACHABLE,
    "The repository is private, or there is none at this address: the server answers both alike.",
    "Ask the group to make it public or to invite you; a token (GITHUB_TOKEN, or gh auth login) may help.",
)
DAMAGED = Failure(
    Status.FAILED,
    "What the server sent, or the mirror of it, is damaged.",
    "Sync again; if it stays so, the group's repository itself is damaged.",
    broken=True,
)
TOO_MANY_REFS = Failure(Status.REFUSED, "The server lists more branches and tags than can be read.")
_SIGNS: tuple[tuple[str, Failure], ...] = (
    (
        r"no space left on device|disk quota exceeded",
        Failure(Status.FAILED, "The disk is full.", "Make room and sync again."),
    ),
    (
        r"transport '[^']*' not allowed|protocol \S+ (?:not supported|disabled)|unsupported protocol",
        Failure(
            Status.REFUSED,
            "The server leads to a protocol that may not be used.",
            "Open the repository's page and correct the URL in the roster.",
        ),
    ),
    (
        r"could not resolve (?:host|proxy)|name or service not known|name resolution|nodename nor servname",
        Failure(
            Status.UNREACHABLE,
            "The host of the repository is unknown, or there is no network.",
            "Check the spelling of the URL, then the network.",
            transient=True,
        ),
    ),
    (
        r"host key verification failed",
        Failure(
            Status.UNREACHABLE,
            "The server's ssh key is not known on this machine.",
            "Connect once with ssh by hand, or use the https URL.",
        ),
    ),
    (
        r"ssl certificate problem|certificate verif|ssl: no alternative certificate",
        Failure(
            Status.UNREACHABLE,
            "The server's certificate is not trusted.",
            "Check the URL and the machine's clock; a proxy's own certificate goes into GIT_SSL_CAINFO.",
        ),
    ),
    (
        r"error: 429|too many requests|rate limit",
        Failure(Status.UNREACHABLE, "The server asks to wait: too many requests.", "Sync again later.", transient=True),
    ),
    (  # the server's git then hangs up, too
        r"repository corruption on the remote side|loose object [0-9a-f]+ .*is corrupt|object file .* is empty"
        r"|bad (?:tree )?object|inflate returned",
        DAMAGED,
    ),
    (
        r"\A(?:cloning into [^\n]*\n)?fatal: could not read from remote repository"  # before the server said anything
        r"|error: 5\d\d|connection (?:refused|reset|timed out|closed)|failed to connect|couldn't connect|early eof"
        r"|rpc failed|unexpected disconnect|hung up|network is unreachable|no route to host|operation too slow"
        r"|operation timed out|gnutls|tls connection|openssl|unable to connect|empty reply|recv failure|send failure"
        r"|unexpected eof|invalid index-pack output|premature end of pack|transfer closed|broken pipe",
        Failure(
            Status.UNREACHABLE,
            "The connection to the server failed.",
            "Sync again; if it stays so, check the network or the server's status page.",
            transient=True,
        ),
    ),
    (
        r"not valid: is this a git repository|does not appear to be a git repository|not a git repository"
        r"|unexpected line|expected .*(?:flush|service)|protocol error|bad line length|invalid content",
        Failure(
            Status.UNREACHABLE,
            "There is no git repository at this address.",
            "Correct the URL in the roster: it must be the repository's own page.",
        ),
    ),
    (
        r"bad object|loose object|corrupt|object file .* is empty|did not send all necessary|unable to read tree"
        r"|missing (?:tree|commit)|index-pack failed|bad config|not a valid ref|pack .* far too short|bad signature"
        r"|unresolved deltas|does not match index|cannot be accessed|packfile|could not parse commit"
        r"|could not read (?:object|commit|tree)",
        DAMAGED,
    ),
)
_GONE_SIGNS = (
    r"repository not found|repository '[^']*' (?:not found|does not exist)|could not read (?:username|password)"
    r"|authentication failed|error: 40[134]|permission denied|access denied|repository not exported|does not exist"
    r"|could not read from remote repository|terminal prompts disabled|no such file or directory|invalid credentials"
)
# "Could not read from remote repository" ends many ssh failures, also those of the network: those signs come first.
_ALWAYS_GONE = (
    r"repository not found|could not read username|repository '[^']*' (?:not found|does not exist)|error: 40[134]"
)


def read_failure(outcome: Outcome, *, timeout: float, text: str) -> Failure:
    """Say why a git process failed. `text` is its stderr without secrets; `timeout` its bound in seconds."""
    if outcome.ending is Ending.TIMEOUT:
        return Failure(
            Status.UNREACHABLE,
            f"The server did not finish within {timeout:g} seconds.",
            "Sync again, or raise the timeout in course.yaml.",
        )
    if outcome.ending is Ending.TOO_MUCH:
        return TOO_MANY_REFS
    if outcome.ending is Ending.STOPPED:
        return Failure(Status.REFUSED, outcome.reason, "Raise max_size in course.yaml if the group may be that large.")
    lowered = text.lower()
    if re.search(_ALWAYS_GONE, lowered):
        return _GONE
    for pattern, failure in _SIGNS:
        if re.search(pattern, lowered):
            return failure
    if re.search(_GONE_SIGNS, lowered):
        return _GONE
    sentence = f"git failed: {_last_line(text)}"
    return Failure(Status.FAILED, sentence, "Try the same URL with git ls-remote.", broken=True)


def disk_failure(error: OSError) -> Failure:
    """A failure to write on this machine."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Failure(Status.FAILED, "The disk is full.", "Make room and sync again.")
    return Failure(Status.FAILED, f"The mirror could not be written: {error.strerror or error}.", "See the folder.")


def say_failure(error: SyncFailedError | MirrorError | OSError) -> str:
    """Why something beside the sync itself failed, for the log; never holds a token."""
    if isinstance(error, SyncFailedError):
        return error.failure.sentence
    return disk_failure(error).sentence if isinstance(error, OSError) else error.message


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    fatal = [line for line in lines if line.startswith(("fatal:", "error:", "remote:"))]
    line = (fatal or lines or ["no message"])[0]
    return re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", line)[:300]

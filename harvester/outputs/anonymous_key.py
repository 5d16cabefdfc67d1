"""The one file that knows which pseudonym is which group."""

import hashlib
import hmac
import json
import secrets
from base64 import b32encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from harvester.errors import OutputError
from harvester.outputs.files import write_atomic

PREFIX = "anon-"
MEMBER_PREFIX = "member-"
"""What every pseudonym of a group, and of a member, begins with."""


@dataclass(frozen=True)
class AnonymousKey:
    """A secret, and the pseudonym of every group that was ever masked with it."""

    secret: str
    groups: Mapping[str, str]

    def group(self, group_id: str) -> str:
        """The group's pseudonym; KeyError where the key was not extended to the group."""
        return self.groups[group_id]

    def member(self, group_id: str, member_id: str) -> str:
        """A member's pseudonym, the same in every run."""
        return f"{MEMBER_PREFIX}{self.digest('member', group_id, member_id)[:4]}"

    def sha(self, sha: str) -> str:
        """A stand-in for a commit: as long, the same in every run, and found by no search engine."""
        return self.digest("sha", sha[:7])[: len(sha)]

    def unmask(self, pseudonym: str) -> str | None:
        """The id of the group behind a pseudonym."""
        return next((group for group, name in self.groups.items() if name == pseudonym), None)

    def digest(self, *parts: str) -> str:
        """64 hexadecimal digits that only the secret's owner can make."""
        return hmac.new(self.secret.encode(), "\0".join(parts).encode(), hashlib.sha256).hexdigest()

    def extended(self, group_ids: Iterable[str]) -> "AnonymousKey":
        """The key with a pseudonym for each of the groups; those that have one keep it."""
        groups = dict(self.groups)
        taken = set(groups.values())
        for one in group_ids:
            if one not in groups:
                groups[one] = _choose(self.digest("group", one), taken)
                taken.add(groups[one])
        return AnonymousKey(self.secret, groups)


def open_key(path: Path, group_ids: Iterable[str], *, keep: bool = True) -> AnonymousKey:
    """Read the key file, or make a new one, and see to it that every group has a pseudonym.

    Parameters
    ----------
    keep
        Whether what is new is written into the file; only the run that holds the lock may.

    Raises
    ------
    OutputError
        The file is there and cannot be read, or cannot be written. It is never replaced by a new secret, which would
        give every group another pseudonym.
    """
    key = _read(path) if path.exists() else AnonymousKey(secrets.token_hex(32), {})
    extended = key.extended(group_ids)
    if keep and (not path.exists() or extended.groups != key.groups):
        content = {"schema": 1, "secret": extended.secret, "groups": extended.groups}
        write_atomic(path, (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode())
    return extended


def _read(path: Path) -> AnonymousKey:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        secret, groups = content["secret"], content["groups"]
        if not isinstance(secret, str) or not all(isinstance(name, str) for name in groups.values()):
            raise TypeError
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise OutputError(
            f"The key of the pseudonyms, {path}, cannot be read.",
            "Restore it from a copy; or move it away, and every group gets a new pseudonym.",
        ) from error
    return AnonymousKey(secret, groups)


def _choose(digest: str, taken: set[str]) -> str:
    """`anon-K7Q2`; longer where that one is taken."""
    letters = b32encode(bytes.fromhex(digest)).decode()
    return next(name for size in range(4, 52) if (name := f"{PREFIX}{letters[:size]}") not in taken)

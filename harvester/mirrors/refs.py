"""Branches and tags as git prints them. Whoever owns a repository chooses the names, so no name is taken for more."""

import re
from collections.abc import Iterator

from harvester.models.mirror import WHOLE_SHA

HEADS = "refs/heads/"
KINDS = (HEADS, "refs/tags/")


def read_refs(out: bytes, between: str) -> Iterator[tuple[str, str]]:
    """(full name, sha) of each line `sha name` that is a branch or a tag.

    Lines end with a line feed alone: git allows what Unicode calls line ends in names.
    """
    for line in out.decode(errors="replace").split("\n"):
        sha, _, name = line.partition(between)
        if is_sha(sha) and name.startswith(KINDS) and not name.endswith("^{}"):
            yield name, sha


def is_sha(text: str) -> bool:
    """Whether a text is the whole id of an object, and so safe in a path."""
    return re.fullmatch(WHOLE_SHA, text) is not None

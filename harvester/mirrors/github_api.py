"""Asks GitHub's REST API: one request at a time, by ETag, with patience, and never with more than it needs to know."""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from harvester import __version__
from harvester.mirrors.github_answers import Answer, Shelf
from harvester.mirrors.github_errors import AskError, Grounds
from harvester.mirrors.github_limits import LONGEST_WAIT, Turns, read_wait, used_up

if TYPE_CHECKING:
    import httpx

BASE_URL = "https://api.github.com"
_TIMEOUT = 30.0
_LARGEST = 20_000_000
_TRIES = 7
"""How often a question is asked that the server fails on, or whose connection breaks: half of them may."""
_FIRST_TRIES = 3
"""How often a server is called that does not even take the call."""
_LONGEST_PAUSE = 30.0
_MOST_WAITS = 4
_MOST_HOPS = 3
_MOST_FAILURES = 3
"""After so many questions in a row that nobody answered, the rest of the run is not asked."""
_NEXT = re.compile(r"<([^<>]+)>\s*;[^,]*\brel=\"?next\"?", re.IGNORECASE)
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_TOKEN_REFUSED = "GitHub refused the token (401): it is wrong, has expired or was taken back."  # noqa: S105
_MISSING = {
    404: "GitHub knows none, or hides it from this token (404).",
    410: "GitHub says that it is gone (410).",
    451: "GitHub may not show it for legal reasons (451).",
}


def _now() -> datetime:
    return datetime.now(UTC)


_NOT_TAKEN = 0
_BROKEN = 1


@dataclass(frozen=True)
class _Reply:
    """What came back. `status` is `_NOT_TAKEN` or `_BROKEN` where that was no answer."""

    status: int
    headers: dict[str, str]
    text: str


class GitHubApi:
    """One run's way to GitHub, shared by all its threads. Close it, or use it in a `with`.

    Parameters
    ----------
    token
        Goes into the Authorization header of requests to `base_url` and nowhere else.
    turns
        Has everybody wait for their turn and for the limits.
    base_url
        Another server, for tests: https, or this machine.
    transport
        What carries the requests, for tests.
    jitter
        A number from 0 to 1, other each time.
    """

    def __init__(
        self,
        token: str,
        *,
        turns: Turns | None = None,
        base_url: str = BASE_URL,
        transport: "httpx.BaseTransport | None" = None,
        now: Callable[[], datetime] = _now,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        import httpx

        parts = urlsplit(base_url)
        if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
            raise ValueError("A token is sent over https only.")
        self.turns = turns or Turns()
        self.now = now
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._prefix = parts.path.rstrip("/")
        self._jitter = jitter
        self._authorization = f"Bearer {token}"
        self._failures = 0
        self._refused: AskError | None = None
        headers = {
            "Accept": "application/vnd.github+json, application/json;q=0.9",
            "User-Agent": f"harvester/{__version__}",
            "X-GitHub-Api-Version": "2022-11-28",
        }
        self._client = httpx.Client(transport=transport, timeout=_TIMEOUT, headers=headers)

    def __enter__(self) -> "GitHubApi":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def ask(self, target: str, shelf: Shelf) -> tuple[Answer, bool]:
        """The answer to a question (a path and query), and whether it is the stored one (304).

        Raises
        ------
        AskError
            There is none; the reason says why.
        """
        known = shelf.load(target)
        reply, path = self._follow((known and known.moved_to) or target, known.etag if known else None)
        if reply.status == 304 and known is not None:
            answer = known.model_copy(update={"checked_at": self.now()})
        else:
            answer = self._read(target, path, reply)
        shelf.save(answer)
        return answer, reply.status == 304

    def _read(self, target: str, path: str, reply: _Reply) -> Answer:
        found = _NEXT.search(reply.headers.get("link", ""))
        now = self.now()
        rate = {name: value for name, value in sorted(reply.headers.items()) if name.startswith("x-ratelimit-")}
        return Answer(
            target=target,
            status=reply.status,
            body=reply.text,
            taken_at=now,
            checked_at=now,
            etag=reply.headers.get("etag"),
            next=self._target_of(found[1]) if found else None,
            moved_to=path if path != target else None,
            rate=rate,
        )

    def _follow(self, target: str, etag: str | None) -> tuple[_Reply, str]:
        """The final reply, and the path it came from: a renamed repository is followed within the API's host only."""
        for _ in range(_MOST_HOPS):
            reply = self._persist(target, etag)
            if reply.status not in (301, 302, 307, 308):
                self._check(reply)
                return reply, target
            there = self._target_of(reply.headers.get("location", ""))
            if there is None:
                raise AskError("GitHub led to another server, which is not followed.", Grounds.DOWN)
            target = there
        raise AskError("GitHub led in a circle.", Grounds.DOWN)

    def _target_of(self, url: str) -> str | None:
        """The path and query of a URL of this API; None for any other."""
        try:
            parts = urlsplit(url)
        except ValueError:
            return None
        origin = f"{parts.scheme}://{parts.netloc}"
        path = parts.path
        if ((parts.netloc or parts.scheme) and origin != self._origin) or not path.startswith(f"{self._prefix}/"):
            return None
        return path.removeprefix(self._prefix) + (f"?{parts.query}" if parts.query else "")

    def _check(self, reply: _Reply) -> None:
        status = reply.status
        if status in (200, 204, 304):
            return
        if status == 401:
            raise AskError(_TOKEN_REFUSED, Grounds.TOKEN)
        if status in _MISSING:
            raise AskError(_MISSING[status], Grounds.MISSING)
        if status == 403:
            raise AskError("GitHub does not show it to this token (403).", Grounds.FORBIDDEN)
        raise AskError(f"GitHub answered with {status}.", Grounds.DOWN)

    def _persist(self, target: str, etag: str | None) -> _Reply:
        """Ask until there is an answer: limits are waited for, failures that may pass are tried again."""
        tries = waits = 0
        while True:
            reply = self._send(target, etag, waits)
            if _BROKEN < reply.status < 500:
                self._failures = 0
                wait = read_wait(reply.status, reply.headers, reply.text, waits)
                if wait is None:
                    return reply
                waits += 1
                if wait[0] > LONGEST_WAIT or waits > _MOST_WAITS:
                    raise AskError(f"{wait[1]} is used up, and GitHub asks to wait {wait[0]:.0f} s.", Grounds.LIMIT)
                continue
            tries += 1
            self._give_up(reply, tries)
            self.turns.rest(min((0.5 + self._jitter()) * 2 ** (tries - 1), _LONGEST_PAUSE))

    def _give_up(self, reply: _Reply, tries: int) -> None:
        """Raise where it was tried often enough; at once where nobody answers any more."""
        most = _FIRST_TRIES if reply.status == _NOT_TAKEN else _TRIES
        if tries < most and self._failures < _MOST_FAILURES:
            return
        self._failures += 1
        if reply.status >= 500:
            raise AskError(f"GitHub answered with {reply.status} again and again.", Grounds.DOWN)
        raise AskError("GitHub could not be reached.", Grounds.DOWN)

    def _send(self, target: str, etag: str | None, waits: int) -> _Reply:
        """One request. What the limits say is kept for everybody."""
        headers = {"Authorization": self._authorization} | ({"If-None-Match": etag} if etag else {})
        with self.turns.take():
            if self._refused is not None:  # while this question waited for its turn
                raise AskError(self._refused.reason, self._refused.grounds)
            reply = self._transfer(self._origin + self._prefix + target, headers)
            if reply.status == 401:
                self._refused = AskError(_TOKEN_REFUSED, Grounds.TOKEN)
            if wait := read_wait(reply.status, reply.headers, reply.text, waits):
                self.turns.hold(min(wait[0], LONGEST_WAIT), wait[1])
            elif (seconds := used_up(reply.headers)) is not None:
                self.turns.hold(min(seconds, LONGEST_WAIT), "GitHub's hourly rate limit")
        return reply

    def _transfer(self, url: str, headers: dict[str, str]) -> _Reply:
        import httpx

        try:
            with self._client.stream("GET", url, headers=headers, follow_redirects=False) as response:
                parts, size = [], 0
                for part in response.iter_bytes():
                    parts.append(part)
                    size += len(part)
                    if size > _LARGEST:
                        return _Reply(413, {}, "")
                text = b"".join(parts).decode("utf-8", errors="replace")
                return _Reply(response.status_code, {k.lower(): v for k, v in response.headers.items()}, text)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            return _Reply(_NOT_TAKEN, {}, "")
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError):
            return _Reply(_BROKEN, {}, "")  # nothing of the error is kept: it knows the request, and that the token

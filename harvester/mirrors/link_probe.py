"""Asks a link once, politely: HEAD, then a GET of a few bytes; public addresses only, checked anew at each redirect."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from harvester import __version__
from harvester.mirrors.addresses import (
    Address,
    RefusedError,
    Resolve,
    Target,
    find_address,
    is_public,
    read_target,
    resolve_name,
)
from harvester.models.links import LONGEST_URL, NOT_ASKED, LinkAnswer

if TYPE_CHECKING:
    import httpx

_MOST_HOPS = 4
_BYTES = 1024
_TIMEOUT = 10.0
_WHOLE = 20.0
"""Seconds for one request, however slowly it is answered."""
_PAUSE = 1.0
"""Seconds between two requests to one host."""
_REDIRECTS = (301, 302, 303, 307, 308)
_HEADERS = {
    "User-Agent": f"harvester/{__version__} (course staff look once whether a link answers)",
    "Accept": "*/*",
    "Accept-Encoding": "identity",
}


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class _Reply:
    status: int | None
    reason: str = ""
    location: str = ""


class LinkProbe:
    """Shared by all threads of a run, so that no host is asked twice within a second.

    Parameters
    ----------
    resolve, allowed, transport
        How names become addresses, which addresses may be asked, and what carries requests: for tests.
    """

    def __init__(
        self,
        *,
        resolve: Resolve = resolve_name,
        allowed: Callable[[Address], bool] = is_public,
        transport: "httpx.BaseTransport | None" = None,
        now: Callable[[], datetime] = _now,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        whole: float = _WHOLE,
    ) -> None:
        self._resolve = resolve
        self._allowed = allowed
        self._transport = transport
        self._now = now
        self._clock = clock
        self._sleep = sleep
        self._whole = whole
        self._lock = threading.Lock()
        self._next: dict[str, float] = {}
        self._answers: dict[str, LinkAnswer] = {}

    def ask(self, url: str) -> LinkAnswer:
        """What answers at a URL, asked once in a run. Never raises: what went wrong is the answer's reason."""
        if url not in self._answers:
            self._answers[url] = self._follow(url)
        return self._answers[url]

    def _follow(self, url: str) -> LinkAnswer:
        asked_at, first = self._now(), url
        for _ in range(_MOST_HOPS):
            try:
                target = read_target(url)
                method, reply = self._ask_once(target)
            except RefusedError as error:
                return LinkAnswer(
                    url=first, asked_at=asked_at, reason=f"{NOT_ASKED} {error}", final_url=_other(url, first)
                )
            if reply.status not in _REDIRECTS or not reply.location:
                return LinkAnswer(
                    url=first,
                    asked_at=asked_at,
                    status=reply.status,
                    reason=reply.reason,
                    method=method,
                    final_url=_other(url, first),
                )
            url = _join(url, reply.location)
        return LinkAnswer(url=first, asked_at=asked_at, reason="It leads from one address to the next without an end.")

    def _ask_once(self, target: Target) -> tuple[str, _Reply]:
        """HEAD; where a server has no answer to that, a GET of the first bytes. The address is looked up once."""
        address = find_address(target, self._resolve, self._allowed)
        reply = self._send("HEAD", target, address)
        if reply.status is not None and reply.status < 400:
            return "HEAD", reply
        return "GET", self._send("GET", target, address)

    def _send(self, method: str, target: Target, address: Address) -> _Reply:
        """One request to the address that was checked: no second look-up, no proxy, no cookies, no credentials."""
        import httpx

        self._wait_for(target.host)
        host = f"[{address}]" if address.version == 6 else str(address)
        headers = (
            _HEADERS | {"Host": target.host_header} | ({"Range": f"bytes=0-{_BYTES - 1}"} if method == "GET" else {})
        )
        with httpx.Client(transport=self._transport, timeout=_TIMEOUT, trust_env=False) as client:
            watchdog = threading.Timer(self._whole, client.close)
            watchdog.daemon = True
            watchdog.start()
            try:
                url = f"{target.scheme}://{host}:{target.port}{target.path}"
                request = client.build_request(method, url, headers=headers)
                request.extensions["sni_hostname"] = target.host
                response = client.send(request, stream=True, follow_redirects=False)
                try:
                    return _Reply(response.status_code, location=response.headers.get("location", "")[:LONGEST_URL])
                finally:
                    response.close()
            except httpx.TimeoutException:
                return _Reply(None, f"Nothing answered within {_TIMEOUT:g} seconds.")
            except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, RuntimeError, ValueError, OSError) as error:
                return _Reply(None, _say(error))
            finally:
                watchdog.cancel()

    def _wait_for(self, host: str) -> None:
        with self._lock:
            now = self._clock()
            turn = max(now, self._next.get(host, now))
            self._next[host] = turn + _PAUSE
        if turn > now:
            self._sleep(turn - now)


def _say(error: Exception) -> str:
    text = str(error).lower()
    if "certificate" in text or "ssl" in text:
        return "The server's certificate is not trusted."
    return "The connection failed."


def _join(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        return ""


def _other(url: str, first: str) -> str | None:
    return url[:LONGEST_URL] if url != first else None

"""A stand-in for GitHub: invented repositories behind the API's paths, with limits, faults and ETags."""

import hashlib
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

TOKEN = "ghp_inventedinventedinvented0001"
SHAS = tuple(f"{number:040x}" for number in range(0xA000, 0xA100))
NULL = "0" * 40
JUNK = {"node_id": "x", "url": "https://api.github.com/x"}


@dataclass
class Reply:
    """What the server sends. Status 0 drops the connection."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


def push(after: int, before: int | None, at: str, kind: str = "push") -> dict[str, Any]:
    """One entry of the activity log, by numbers of `SHAS`."""
    old = NULL if before is None else SHAS[before]
    return {
        **JUNK,
        "id": after,
        "before": old,
        "after": SHAS[after],
        "ref": "refs/heads/main",
        "timestamp": at,
        "activity_type": kind,
        "actor": {"login": "ada-sample"},
    }


def run(number: int, sha: str, conclusion: str | None = "success", **more: Any) -> dict[str, Any]:
    """One workflow run."""
    return {
        **JUNK,
        "id": number,
        "name": "Tests",
        "path": ".github/workflows/tests.yml",
        "head_sha": sha,
        "head_branch": "main",
        "event": "push",
        "status": "completed" if conclusion else "in_progress",
        "conclusion": conclusion,
        "run_number": number,
        "run_attempt": 1,
        "created_at": "2026-01-20T10:00:00Z",
        "updated_at": "2026-01-20T10:05:00Z",
        "html_url": f"https://github.com/x/y/actions/runs/{number}",
        **more,
    }


def pull(number: int, *, merged: bool = True, author: str = "ada-sample") -> dict[str, Any]:
    """One pull request."""
    return {
        "number": number,
        "user": {"login": author},
        "state": "closed" if merged else "open",
        "created_at": "2026-01-10T10:00:00Z",
        "updated_at": "2026-01-11T10:00:00Z",
        "merged_at": "2026-01-11T10:00:00Z" if merged else None,
    }


@dataclass
class Project:
    """One repository's facts, as GitHub has them."""

    name: str
    pushes: list[dict[str, Any]] = field(default_factory=list)
    runs: list[dict[str, Any]] = field(default_factory=list)
    pulls: list[dict[str, Any]] = field(default_factory=list)
    reviews: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    contributors: list[dict[str, Any]] = field(default_factory=list)
    has_pages: bool = False
    may_push: bool = False


@dataclass
class GitHub:
    """The server. It answers `reply`; `transport` and `serving` carry that to a client."""

    projects: dict[str, Project] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    faults: list[Reply] = field(default_factory=list)
    """Sent first, one per request."""
    drop_every: int = 0
    page_size: int = 100
    revoke_after: int = 10**9
    limit: int = 10**9
    """Requests until the primary limit is used up."""
    asked: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    requests: list[str] = field(default_factory=list)
    in_flight: int = 0
    most_in_flight: int = 0
    clock: float = 1_770_000_000.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, name: str, **more: Any) -> Project:
        """A repository of invented facts."""
        pushes = [push(2, 1, "2026-01-22T10:00:00Z"), push(1, 0, "2026-01-21T10:00:00Z")]
        pushes.append(push(0, None, "2026-01-20T10:00:00Z", "branch_creation"))
        usual: dict[str, Any] = {
            "pushes": pushes,
            "runs": [run(2, SHAS[2]), run(1, SHAS[1], "failure")],
            "pulls": [pull(3), pull(2, merged=False)],
            "reviews": {3: [{"user": {"login": "bo-sample", "type": "User"}, "state": "APPROVED"}]},
            "contributors": [{"login": "ada-sample", "contributions": 7}],
        }
        self.projects[name] = Project(name, **(usual | more))
        return self.projects[name]

    def reply(self, target: str, headers: Mapping[str, str]) -> Reply:
        """What the server sends for a path and query."""
        with self._lock:
            self.requests.append(target)
            number = len(self.requests)
            self.in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self.in_flight)
            fault = self.faults.pop(0) if self.faults else None
        try:
            reply = fault or self._answer(target, headers, number)
        finally:
            with self._lock:
                self.in_flight -= 1
        self.statuses[reply.status] += 1
        return reply

    def _answer(self, target: str, headers: Mapping[str, str], number: int) -> Reply:
        if self.drop_every and number % self.drop_every == 0:
            return Reply(0)
        if headers.get("authorization") != f"Bearer {TOKEN}" or number > self.revoke_after:
            return Reply(401, {"message": "Bad credentials"})
        if self.limit <= 0:
            reset = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(self.clock) + 600)}
            self.limit = 10**9
            return Reply(403, {"message": "API rate limit exceeded"}, reset | self._date())
        self.limit -= 1
        reply = self._find(target)
        if reply.status != 200:
            return reply
        text = json.dumps(reply.body)
        etag = f'W/"{hashlib.sha256(text.encode()).hexdigest()[:16]}"'
        if headers.get("if-none-match") == etag:
            return Reply(304, None, {"etag": etag})
        rate = {"x-ratelimit-remaining": str(self.limit), "x-ratelimit-limit": "5000"}
        return Reply(200, reply.body, reply.headers | {"etag": etag} | rate)

    def _date(self) -> dict[str, str]:
        return {"date": time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(self.clock))}

    def _find(self, target: str) -> Reply:
        parts = urlsplit(target)
        words = parts.path.strip("/").split("/")
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        if words[0] == "repositories":
            name, rest = list(self.projects)[int(words[1])], words[2:]
        else:
            name, rest = "/".join(words[1:3]), words[3:]
        if name in self.renamed:
            place = list(self.projects).index(self.renamed[name])
            return Reply(301, {}, {"location": "/".join(["", "repositories", str(place), *rest])})
        project = self.projects.get(name)
        if project is None:
            return Reply(404, {"message": "Not Found"})
        self.asked["/".join(rest[:2] if rest[:1] != ["pulls"] else rest[2:] or rest)] += 1
        return self._serve(project, rest, query, parts.path)

    def _serve(self, project: Project, rest: list[str], query: dict[str, str], path: str) -> Reply:
        match rest:
            case []:
                return Reply(200, _repository(project))
            case ["actions", "runs"]:
                runs = [one for one in project.runs if query.get("head_sha") in (None, one["head_sha"])]
                return Reply(200, {"total_count": len(runs), "workflow_runs": runs[: self.page_size]})
            case ["activity"]:
                return self._page(project.pushes, query, path)
            case ["pulls"]:
                return self._page(project.pulls, query, path)
            case ["pulls", number, "reviews"]:
                return self._page(project.reviews.get(int(number), []), query, path)
            case ["collaborators"] if not project.may_push:
                return Reply(403, {"message": "Must have push access to view repository collaborators."})
            case ["collaborators"]:
                people = [{"login": "ada-sample", "role_name": "admin", "permissions": {"push": True}}]
                return self._page(
                    [*people, {"login": "eve", "permissions": {"pull": True, "push": False}}], query, path
                )
            case ["branches", _]:
                return Reply(200, {"name": "main", "protected": True, "commit": {"sha": SHAS[2]}})
            case ["rules", "branches", _]:
                return Reply(200, [{"type": "pull_request"}])
            case ["pages"] if project.has_pages:
                return Reply(200, {"html_url": "https://ada-sample.github.io/shop/", "status": "built"})
            case ["releases"]:
                return Reply(200, [{"tag_name": "v1", "published_at": "2026-01-20T10:00:00Z"}])
            case ["deployments"]:
                return Reply(200, [])
            case ["contributors"]:
                return self._page(project.contributors, query, path)
        return Reply(404, {"message": "Not Found"})

    def _page(self, items: list[Any], query: dict[str, str], path: str) -> Reply:
        size = min(self.page_size, int(query.get("per_page", "30")))
        begin = int(query.get("after", "0"))
        headers = {}
        if begin + size < len(items):
            words = "&".join(f"{key}={value}" for key, value in query.items() if key != "after")
            headers["link"] = f'<{path}?{words}&after={begin + size}>; rel="next", <{path}?{words}>; rel="first"'
        return Reply(200, items[begin : begin + size], headers)

    def transport(self) -> httpx.MockTransport:
        """The server without a network."""

        def handle(request: httpx.Request) -> httpx.Response:
            reply = self.reply(request.url.raw_path.decode(), request.headers)
            if reply.status == 0:
                raise httpx.RemoteProtocolError("dropped", request=request)
            content = b"" if reply.body is None else json.dumps(reply.body).encode()
            return httpx.Response(reply.status, headers=reply.headers, content=content)

        return httpx.MockTransport(handle)

    @contextmanager
    def serving(self) -> Iterator[str]:
        """The server on loopback; its URL."""
        github = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 1 << 16

            def do_GET(self) -> None:
                reply = github.reply(self.path, {key.lower(): value for key, value in self.headers.items()})
                if reply.status == 0:
                    self.close_connection = True
                    self.connection.close()
                    return
                content = b"" if reply.body is None else json.dumps(reply.body).encode()
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                if reply.status not in (204, 304):
                    self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if reply.status not in (204, 304):
                    self.wfile.write(content)

            def log_message(self, format: str, *args: object) -> None:
                pass

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except (OSError, ValueError):
                    self.close_connection = True

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            server.server_close()


def _repository(project: Project) -> dict[str, Any]:
    return {
        **JUNK,
        "full_name": project.name,
        "private": False,
        "visibility": "public",
        "default_branch": "main",
        "created_at": "2026-01-02T10:00:00Z",
        "pushed_at": "2026-01-22T10:00:00Z",
        "archived": False,
        "fork": False,
        "has_pages": project.has_pages,
    }


@dataclass
class Time:
    """A clock that only sleeping moves; safe for threads."""

    seconds: float = 0.0
    slept: float = 0.0
    said: list[tuple[float, str]] = field(default_factory=list)

    def clock(self) -> float:
        """Seconds."""
        return self.seconds

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.seconds += seconds
        self.slept += seconds

    def say(self, seconds: float, why: str) -> None:
        """What the countdown shows."""
        self.said.append((seconds, why))

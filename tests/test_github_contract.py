"""Our requests and answers against GitHub's own description of its REST API, served by Prism.

Needs `@stoplight/prism-cli` and `@octokit/openapi` from npm, in the `node_modules` folder that `HARVESTER_CONTRACT`
names (`.ci/run` installs them); without the variable the tests skip.
"""

import json
import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from harvester.mirrors.github_api import GitHubApi
from harvester.mirrors.github_limits import Turns
from harvester.mirrors.github_sync import sync_github
from harvester.models.github import FACTS, GitHubFacts

FOLDER = os.environ.get("HARVESTER_CONTRACT")
pytestmark = [
    pytest.mark.skipif(not FOLDER, reason="HARVESTER_CONTRACT names no node_modules"),
    pytest.mark.timeout(300),
]
REPOSITORY = "/repos/{owner}/{repo}"
OPERATIONS = (
    "",
    "/activity",
    "/actions/runs",
    "/pulls",
    "/pulls/{pull_number}/reviews",
    "/collaborators",
    "/branches/{branch}",
    "/rules/branches/{branch}",
    "/pages",
    "/releases",
    "/deployments",
    "/contributors",
)
"""What the client may ask for; Prism refuses everything else."""
SHA = "ab" * 20


@dataclass
class Contract:
    """The part of the published document that we rely on, and the server made from it."""

    document: dict[str, Any]
    base_url: str = ""

    def operation(self, path: str) -> dict[str, Any]:
        """What the document says of a GET."""
        found: dict[str, Any] = self.document["paths"][REPOSITORY + path]["get"]
        return found

    def parameters(self, path: str) -> set[str]:
        """The names of an operation's query parameters."""
        found = [self.resolve(entry) for entry in self.operation(path)["parameters"]]
        return {entry["name"] for entry in found if entry["in"] == "query"}

    def examples(self, path: str) -> dict[str, Any]:
        """The named examples of an operation's answer."""
        found = self.operation(path)["responses"]["200"]["content"]["application/json"]["examples"]
        return {name: self.resolve(example)["value"] for name, example in found.items()}

    def resolve(self, entry: dict[str, Any]) -> dict[str, Any]:
        """Follow a reference into the components."""
        while "$ref" in entry:
            _, _, kind, name = entry["$ref"].split("/")
            entry = self.document["components"][kind][name]
        return entry


def cut_document(whole: dict[str, Any]) -> dict[str, Any]:
    """The operations that we use, word for word, and every component that they reach: Prism reads that in seconds."""
    paths = {REPOSITORY + path: {"get": whole["paths"][REPOSITORY + path]["get"]} for path in OPERATIONS}
    components: dict[str, dict[str, Any]] = {}
    left = [json.dumps(paths)]
    while left:
        for kind, name in re.findall(r'"#/components/(\w+)/([^"/]+)"', left.pop()):
            if name not in components.setdefault(kind, {}):
                components[kind][name] = whole["components"][kind][name]
                left.append(json.dumps(components[kind][name]))
    return {"openapi": whole["openapi"], "info": whole["info"], "paths": paths, "components": components}


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Contract]:
    """Prism on loopback, serving the published document."""
    modules = Path(FOLDER or "")
    source = modules / "@octokit" / "openapi" / "generated" / "api.github.com.json"
    document = cut_document(json.loads(source.read_bytes()))
    place = tmp_path_factory.mktemp("contract")
    (place / "openapi.json").write_text(json.dumps(document))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    place_of_server = ["--host", "127.0.0.1", "--port", str(port), "--seed", "harvester"]
    command = [modules / ".bin" / "prism", "mock", *place_of_server, place / "openapi.json"]
    with (
        (place / "prism.log").open("wb") as log,
        subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL) as prism,
    ):
        try:
            end = time.monotonic() + 120
            while "is listening" not in (place / "prism.log").read_text():
                assert prism.poll() is None and time.monotonic() < end, (place / "prism.log").read_text()
                time.sleep(0.1)
            yield Contract(document, f"http://127.0.0.1:{port}")
        finally:
            prism.terminate()


@dataclass
class Through(httpx.BaseTransport):
    """Carries requests to Prism, and remembers them. `prefer` is how Prism chooses an answer, by operation.

    `edits` changes answers, so that the client asks for what it else would not.
    """

    prefer: dict[str, str] = field(default_factory=dict)
    edits: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[tuple[str, str, int]] = field(default_factory=list)
    """Operation, path with query, status."""
    carrier: httpx.HTTPTransport = field(default_factory=httpx.HTTPTransport)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Ask Prism."""
        target = request.url.raw_path.decode()
        name = operation_of(target)
        if name in self.prefer:
            request.headers["Prefer"] = self.prefer[name]
        response = self.carrier.handle_request(request)
        content = b"".join(response.stream)  # type: ignore[arg-type]
        self.asked.append((name, target, response.status_code))
        if name in self.edits:
            content = json.dumps(json.loads(content) | self.edits[name]).encode()
        kept = {key: value for key, value in response.headers.items() if key.lower() == "link"}
        return httpx.Response(response.status_code, headers=kept, content=content)

    def close(self) -> None:
        """Close the connections."""
        self.carrier.close()


def operation_of(target: str) -> str:
    """The operation that a path belongs to; the path itself where it is none of ours."""
    path = urlsplit(target).path
    for name in OPERATIONS:
        if re.fullmatch(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(REPOSITORY + name)), path):
            return name
    return path


def sync(contract: Contract, through: Through, folder: Path) -> GitHubFacts:
    """One sync of the example's repository."""
    turns = Turns(sleep=lambda _: None)
    with GitHubApi("ghp_inventedinvented", turns=turns, base_url=contract.base_url, transport=through) as api:
        deadline = datetime(2026, 1, 23, 23, 0, tzinfo=UTC)
        return sync_github("https://github.com/octocat/Hello-World", folder, api, deadline=deadline, commits=[SHA])


def test_every_request_is_accepted(contract: Contract, tmp_path: Path) -> None:
    """Each operation is asked for, in every form, with parameters that the document names and values that it allows."""
    through = Through(edits={"": {"has_pages": True}, "/actions/runs": {"total_count": 500}})
    facts = sync(contract, through, tmp_path)

    assert {name for name, _, _ in through.asked} == set(OPERATIONS)
    assert [(target, status) for _, target, status in through.asked if status != 200] == []
    for name, target, _ in through.asked:
        assert {key for key, _ in parse_qsl(urlsplit(target).query)} <= contract.parameters(name), target
    assert any("head_sha=" in target for _, target, _ in through.asked)
    assert {name: getattr(facts, name).reason for name in FACTS if getattr(facts, name).reason} == {}


def test_prism_refuses_what_is_not_described(contract: Contract) -> None:
    """The server can say no: else its yes would mean nothing."""
    with httpx.Client(base_url=contract.base_url) as client:
        assert client.get("/repos/octocat/Hello-World/nothing").status_code == 404
        assert client.get("/repos/octocat/Hello-World/pulls?state=odd").status_code == 422
        assert client.get("/repos/octocat/Hello-World/pulls?per_page=many").status_code == 422


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_example_is_read(contract: Contract, tmp_path: Path, operation: str) -> None:
    """GitHub's own examples give facts, with what they say in them."""
    examples = contract.examples(operation)
    assert examples
    for name, example in examples.items():
        through = Through({operation: f"code=200, example={name}"}, {"": {"has_pages": True}})
        facts = sync(contract, through, tmp_path / name)
        assert {fact: getattr(facts, fact).reason for fact in FACTS if getattr(facts, fact).reason} == {}
        told = facts.model_dump_json()
        for word in words_of(operation, example):
            assert json.dumps(word) in told


@pytest.mark.parametrize("operation", OPERATIONS)
def test_answers_made_from_the_schema_are_read(contract: Contract, tmp_path: Path, operation: str) -> None:
    """Whatever the description allows, null or left out where it may be, is a fact."""
    for number in range(3):
        edits = {"": {"has_pages": True, "full_name": "octocat/Hello-World", "default_branch": "main"}}
        facts = sync(contract, Through({operation: "code=200, dynamic=true"}, edits), tmp_path / str(number))
        assert {fact: getattr(facts, fact).reason for fact in FACTS if getattr(facts, fact).reason} == {}


def words_of(operation: str, example: Any) -> list[str | int]:
    """What an example says that has to be in the facts."""
    match operation:
        case "":
            return [example["full_name"], example["default_branch"], example["visibility"]]
        case "/activity":
            return [item["after"] for item in example]
        case "/actions/runs":
            return [run["id"] for run in example["workflow_runs"]]
        case "/pulls":
            return [item["user"]["login"] for item in example]
        case "/pulls/{pull_number}/reviews" | "/collaborators" | "/contributors":
            return [(item.get("user") or item)["login"] for item in example]
        case "/branches/{branch}":
            return list(example["protection"]["required_status_checks"]["contexts"])
        case "/rules/branches/{branch}":
            return [item["type"] for item in example]
        case "/pages":
            return [example["html_url"], example["status"]]
        case "/releases":
            return [item["tag_name"] for item in example]
        case "/deployments":
            return [item["environment"] for item in example]
    raise AssertionError(operation)

"""Links: found in what students write, told apart, and asked without ever reaching a machine that is not public."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.links import collect_links, mask_links
from harvester.mirrors.addresses import RefusedError, find_address, is_public, read_target
from harvester.mirrors.link_probe import LinkProbe
from harvester.mirrors.links import load_answers, probe_links
from harvester.models.links import Link, LinkAnswer, LinkKind, classify_url, find_urls
from harvester.models.report import Answer
from tests.support.snapshots import make_tree

NOW = datetime(2026, 1, 23, 23, 0, tzinfo=UTC)
PUBLIC = "93.184.216.34"


@pytest.mark.parametrize(
    "text, urls",
    [
        ("See https://example.org/a.", ["https://example.org/a"]),
        (
            "[here](https://example.org/a(b)) and <https://example.org/c>",
            ["https://example.org/a(b)", "https://example.org/c"],
        ),
        ("![x](http://example.org/x.png)**", ["http://example.org/x.png"]),
        (
            "`https://example.org`, https://example.org/?a=1&b=2!",
            ["https://example.org", "https://example.org/?a=1&b=2"],
        ),
        ("ftp://example.org https:// http://[bad javascript:alert(1)", []),
    ],
)
def test_links_are_found_in_text(text: str, urls: list[str]) -> None:
    """Without the punctuation around them."""
    assert [url for _, url in find_urls(text)] == urls


@pytest.mark.parametrize(
    "url, kind",
    [
        ("https://wandb.ai/team/project/runs/1", LinkKind.WANDB),
        ("https://api.wandb.ai/links/x/y", LinkKind.WANDB),
        ("https://notwandb.ai/x", LinkKind.OTHER),
        ("https://github.com/a/b/actions/runs/123", LinkKind.WORKFLOW_RUN),
        ("https://github.com/a/b/actions", LinkKind.OTHER),
        ("https://api-x7-ew.a.run.app/docs", LinkKind.SERVICE),
        ("http://34.88.1.2:8000/predict", LinkKind.SERVICE),
        ("http://127.0.0.1:8000/predict", LinkKind.OTHER),
        ("https://huggingface.co/spaces/a/b", LinkKind.SERVICE),
        ("https://example.org/figure.PNG?raw=true", LinkKind.IMAGE),
        ("https://ada.github.io/shop/", LinkKind.OTHER),
    ],
)
def test_links_have_a_kind(url: str, kind: LinkKind) -> None:
    """By host and path alone."""
    assert classify_url(url) is kind


@given(st.text(alphabet=st.sampled_from("htps:/.[]()<>@%#?&=\\ \n\x00aæ1日*_!~`'\"") | st.characters(), max_size=300))
def test_any_text_has_links_or_not(text: str) -> None:
    """Whatever students write, finding, telling apart and taking apart end well."""
    for _, url in find_urls(f"{text} https://{text} http://a.dk/{text}"):
        assert url.lower().startswith("http")
        classify_url(url)
        try:
            target = read_target(url)
        except RefusedError:
            continue
        assert target.path.isascii() and " " not in target.path and target.host.isascii()


@pytest.mark.parametrize(
    "answers, dead",
    [
        ([], False),
        ([200], False),
        ([404, 200], False),
        ([200, None], False),
        ([403], False),
        ([404, 503], True),
        ([None], True),
        (["Not asked. The host is not a public one."], False),
    ],
)
def test_a_link_is_dead_where_nothing_was_ever_there(answers: list[int | str | None], dead: bool) -> None:
    """Once is enough; a server that refuses strangers is there; one that was not asked is nothing."""
    told = tuple(
        LinkAnswer(url="https://b.dk", asked_at=NOW, reason=one)
        if isinstance(one, str)
        else LinkAnswer(url="https://b.dk", asked_at=NOW, status=one)
        for one in answers
    )
    assert Link(url="https://b.dk", kind=LinkKind.OTHER, path="README.md", answers=told).dead is dead


def test_links_of_answers_and_readmes() -> None:
    """Each once, where it stands first, with what answered."""
    answer = Answer(number=7, id="q7", title="x", answered=True, text="https://a.run.app/x https://b.dk/y", line=30)
    tree = make_tree({"README.md": "# x\nhttps://b.dk/y and https://c.dk\n", "docs/README.md": "https://d.dk"})
    before = LinkAnswer(url="https://c.dk", asked_at=NOW, status=200)

    links = collect_links([answer], "reports/README.md", tree, [before])

    assert [(link.url, link.path, link.line, link.question) for link in links] == [
        ("https://a.run.app/x", "reports/README.md", 30, 7),
        ("https://b.dk/y", "reports/README.md", 30, 7),
        ("https://c.dk", "README.md", 2, None),
    ]
    assert [len(link.answers) for link in links] == [0, 0, 1]


def test_a_record_repeats_no_secret_of_a_link() -> None:
    """Users, passwords and tokens in an address; what answered is told by the address as it stood."""
    token = "ghp_" + "a1" * 18
    urls = (f"https://ada:pw@a.run.app/x?token={token}&page=2", "https://ada@b.dk/", "https://c.dk/@ada/x?authuser=1")
    tree = make_tree({"README.md": "\n".join(urls)})
    before = LinkAnswer(url=urls[0], asked_at=NOW, status=200, final_url=f"https://a.run.app/y?token={token}")

    shown = mask_links(collect_links([], None, tree, [before]))

    assert [link.url for link in shown] == [
        "https://•••@a.run.app/x?token=•••&page=2",
        "https://•••@b.dk/",
        "https://c.dk/@ada/x?authuser=1",
    ]
    assert token not in str(shown) and shown[0].kind is LinkKind.SERVICE
    assert [answer.status for answer in shown[0].answers] == [200]


NOT_PUBLIC = (
    "127.0.0.1",
    "127.8.9.1",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.0.8",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.5",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "192.88.99.1",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::808:808",
    "64:ff9b:1::1",
    "2002:7f00:1::1",
    "2002:808:808::1",
    "2001::1",
    "2001:db8::1",
    "2001:10::1",
    "100::1",
    "4000::1",
)


@pytest.mark.parametrize("text", NOT_PUBLIC)
def test_addresses_that_are_not_public(text: str) -> None:
    """Loopback, private, link-local, reserved, mapped, tunnelled: as a host and as a name's address."""
    assert not is_public(ip_address(text))
    host = f"[{text}]" if ":" in text else text
    with pytest.raises(RefusedError):
        read_target(f"http://{host}/x")
    with pytest.raises(RefusedError, match="not public"):
        find_address(read_target("https://shop.example.org/"), lambda *_: [PUBLIC, text])


@pytest.mark.parametrize("text", [PUBLIC, "8.8.8.8", "2606:4700:4700::1111", "2a00:1450:400f:80c::200e"])
def test_addresses_that_are_public(text: str) -> None:
    """Those of the internet."""
    assert is_public(ip_address(text))


@pytest.mark.parametrize(
    "url",
    [
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0x7f.0.0.1/",
        "http://0177.0.0.1/",
        "http://127.1/",
        "http://127.0.0.1./",
        "http://localhost/",
        "http://LOCALHOST./",
        "http://x.localhost/",
        "http://printer/",
        "http://db.internal/",
        "http://router.lan/",
        "http://１２７.0.0.1/",
        "http://①②⑦.⓪.⓪.①/",
        "http://[::ffff:7f00:1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://user:pass@example.org/",
        "http://example.org@127.0.0.1/",
        "http://example.org:22/",
        "http://example.org:0/",
        "http://example.org:99999/",
        "http:///x",
        "file:///etc/passwd",
        "gopher://example.org/",
        "http://exa mple.org/",
        "http://example.org\\@127.0.0.1/",
        "http://[::1",
        "http://" + "a" * 300 + ".org/",
    ],
)
def test_odd_addresses_are_refused_before_any_look_up(url: str) -> None:
    """However the host is written, nothing is looked up or connected to."""

    def fail(*_: object) -> list[str]:
        raise AssertionError("looked up")

    answer = LinkProbe(resolve=fail, now=lambda: NOW).ask(url)
    assert answer.status is None and answer.reason.startswith("Not asked.")


class Web:
    """Names, addresses and what answers there, without a network."""

    def __init__(self, pages: dict[str, httpx.Response], names: dict[str, list[str]] | None = None) -> None:
        self.pages = pages
        self.names = names or {}
        self.requests: list[httpx.Request] = []
        self.slept = 0.0
        self.looked_up: list[str] = []

    def resolve(self, host: str, port: int) -> list[str]:
        """The addresses of a name; each look-up may give others."""
        self.looked_up.append(host)
        found = self.names.get(host, [PUBLIC])
        if len(found) > 1 and found[0] == "then":
            return [found.pop(1)]
        return found

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer by method, Host header and path."""
        self.requests.append(request)
        page = self.pages.get(f"{request.method} {request.headers['host']}{request.url.path}")
        if page is None:
            return httpx.Response(404)
        return httpx.Response(page.status_code, headers=page.headers)

    def sleep(self, seconds: float) -> None:
        """Count what was slept."""
        self.slept += seconds

    def ask(self, url: str) -> LinkAnswer:
        """Ask on this web."""
        probe = LinkProbe(
            resolve=self.resolve,
            transport=httpx.MockTransport(self.handle),
            now=lambda: NOW,
            clock=lambda: 0.0,
            sleep=self.sleep,
        )
        return probe.ask(url)


def leads_to(place: str) -> httpx.Response:
    """A redirect."""
    return httpx.Response(302, headers={"location": place, "set-cookie": "a=b"})


def test_a_link_that_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """One HEAD to the address that was checked, by the host's name, without cookies, proxies or credentials."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    web = Web({"HEAD shop.example.org/docs": httpx.Response(200)})

    answer = web.ask("https://shop.example.org/docs")

    assert (answer.status, answer.method, answer.asked_at, answer.final_url) == (200, "HEAD", NOW, None)
    (request,) = web.requests
    assert request.url.host == PUBLIC and request.extensions["sni_hostname"] == "shop.example.org"
    assert not {"cookie", "authorization", "referer"} & set(request.headers)
    assert web.looked_up == ["shop.example.org"]


def test_a_server_that_knows_no_head() -> None:
    """A GET of the first bytes follows, after a pause; a dead link is a status."""
    web = Web({"HEAD a.example.org/": httpx.Response(405), "GET a.example.org/": httpx.Response(206)})
    answer = web.ask("http://a.example.org/")
    assert (answer.status, answer.method) == (206, "GET")
    assert web.requests[1].headers["range"] == "bytes=0-1023" and web.slept == 1.0
    assert web.ask("http://a.example.org/gone").status == 404


def test_redirects_are_checked_one_by_one() -> None:
    """A public one is followed, without what the last server set."""
    web = Web({"HEAD a.example.org/": leads_to("//b.example.org/x"), "HEAD b.example.org/x": httpx.Response(200)})
    answer = web.ask("https://a.example.org/")
    assert (answer.status, answer.final_url) == (200, "https://b.example.org/x")
    assert all("cookie" not in request.headers for request in web.requests)
    assert web.looked_up == ["a.example.org", "b.example.org"]


@pytest.mark.parametrize(
    "place",
    [
        "http://127.0.0.1/",
        "http://[::1]/",
        "http://2130706433/",
        "http://in.example.org/",
        "file:///etc/passwd",
        "http://[",
    ],
)
def test_redirects_to_what_is_not_public_are_refused(place: str) -> None:
    """By address, decimal, name or scheme: nothing is sent there."""
    web = Web({"HEAD a.example.org/": leads_to(place)}, {"in.example.org": ["10.0.0.5"]})
    answer = web.ask("http://a.example.org/")
    assert answer.status is None and answer.reason.startswith("Not asked.")
    assert len(web.requests) == 1


def test_circles_end() -> None:
    """After a few redirects."""
    web = Web({"HEAD a.example.org/": leads_to("/")})
    assert "without an end" in web.ask("http://a.example.org/").reason
    assert len(web.requests) == 4


def test_a_name_that_changes_its_address_gains_nothing() -> None:
    """Rebinding: the address that was checked is the one that is connected to, for HEAD and GET alike."""
    web = Web({"HEAD a.example.org/": httpx.Response(405)}, {"a.example.org": ["then", PUBLIC, "127.0.0.1"]})
    web.ask("http://a.example.org/")
    assert {request.url.host for request in web.requests} == {PUBLIC} and web.looked_up == ["a.example.org"]


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[int]:
    """A server on loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


class Page(BaseHTTPRequestHandler):
    """Answers with the Host header that it got; `/drip` never ends its headers, `/flood` never its body."""

    def do_GET(self) -> None:
        if self.path == "/drip":
            try:
                for _ in range(100):
                    self.wfile.write(b"H")
                    time.sleep(0.05)
            except OSError:
                return
        self.send_response(200 if self.headers["Host"].startswith("shop.example.org") else 421)
        self.end_headers()
        if self.path == "/flood":
            try:
                while True:
                    self.wfile.write(b"x" * 65536)
            except OSError:
                return

    def do_HEAD(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:
        pass


def local_probe(**options: float) -> LinkProbe:
    """A probe that may ask this machine."""
    return LinkProbe(resolve=lambda *_: ["127.0.0.1"], allowed=lambda _: True, sleep=lambda _: None, **options)  # type: ignore[arg-type]


def test_a_real_server_is_asked_by_name() -> None:
    """The connection goes to the address, the Host header has the name."""
    with serving(Page) as port:
        assert local_probe().ask(f"http://shop.example.org:{port}/").status == 200


def test_slow_and_endless_answers_are_cut() -> None:
    """A server cannot hold a sync up, nor fill the memory."""
    with serving(Page) as port:
        begun = time.monotonic()
        assert local_probe(whole=0.3).ask(f"http://shop.example.org:{port}/drip").status is None
        assert local_probe().ask(f"http://shop.example.org:{port}/flood").status == 200
        assert time.monotonic() - begun < 5


def test_nobody_there() -> None:
    """A closed port is a reason."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        answer = local_probe().ask(f"http://shop.example.org:{taken.getsockname()[1]}/")
    assert (answer.status, answer.reason) == (None, "The connection failed.")


def test_answers_are_kept_from_night_to_night(tmp_path: Path) -> None:
    """What answered once stays known when it does not any more; each link is asked once in a run."""
    web = Web({"HEAD a.example.org/": httpx.Response(200)})
    url = "http://a.example.org/"
    for _ in range(2):
        probe = LinkProbe(resolve=web.resolve, transport=httpx.MockTransport(web.handle), sleep=web.sleep)
        probe_links([url, url], tmp_path, probe, lambda: False)
        web.pages = {}
    assert [answer.status for answer in load_answers(tmp_path)] == [200, 404]
    assert [request.method for request in web.requests] == ["HEAD", "HEAD", "GET"]
    (tmp_path / "links.json").write_text("{")
    assert load_answers(tmp_path) == ()


def test_the_deadline_is_not_lost_to_a_stop(tmp_path: Path) -> None:
    """An interrupted run keeps what it has."""
    web = Web({})
    probe = LinkProbe(resolve=web.resolve, transport=httpx.MockTransport(web.handle), sleep=web.sleep)
    probe_links(["http://a.example.org/", "http://b.example.org/"], tmp_path, probe, lambda: bool(web.requests))
    assert [answer.url for answer in load_answers(tmp_path)] == ["http://a.example.org/"]

"""Facts from GitHub: taken once, kept with their times, patient with limits and faults, and silent about the token."""

import gzip
import logging
import pickle
import stat
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from harvester.mirrors.github_api import GitHubApi
from harvester.mirrors.github_errors import AskError
from harvester.mirrors.github_limits import Turns
from harvester.mirrors.github_sync import NO_TOKEN, load_github, sync_github
from harvester.models.github import FACTS, GitHubFacts
from tests.support.github import NULL, SHAS, TOKEN, GitHub, Reply, Time, pull, push, run

NOW = datetime(2026, 1, 23, 23, 0, tzinfo=UTC)
DEADLINE = datetime(2026, 1, 21, 12, 0, tzinfo=UTC)
URL = "https://github.com/ada-sample/shop"
NAME = "ada-sample/shop"


@pytest.fixture
def github() -> GitHub:
    """A server with one repository."""
    server = GitHub()
    server.add(NAME)
    return server


@pytest.fixture
def time() -> Time:
    """A clock that only sleeping moves."""
    return Time()


def open_api(github: GitHub, time: Time, token: str = TOKEN, stop: Callable[[], bool] = lambda: False) -> GitHubApi:
    """The client under test, on the stand-in server."""
    turns = Turns(clock=time.clock, sleep=time.sleep, stop=stop, waiting=time.say)
    return GitHubApi(token, turns=turns, transport=github.transport(), now=lambda: NOW, jitter=lambda: 0.5)


def reasons(facts: GitHubFacts) -> dict[str, str]:
    """The facts that are not known, with their reasons."""
    return {name: getattr(facts, name).reason for name in FACTS if getattr(facts, name).value is None}


def test_every_fact_is_taken_with_its_time(github: GitHub, time: Time, tmp_path: Path) -> None:
    """One sync takes all facts in a dozen calls; what the token may not see has its reason."""
    with open_api(github, time) as api:
        facts = sync_github(URL, tmp_path, api, deadline=DEADLINE, commits=(SHAS[2],))
    assert reasons(facts) == {"collaborators": "GitHub does not show it to this token (403)."}
    assert facts.repository.value and facts.repository.value.visibility == "public"
    assert facts.repository.taken_at == NOW
    assert facts.push_log.value and facts.push_log.value.head_at(DEADLINE) == SHAS[1]
    assert facts.pulls.value and [one.reviewers for one in facts.pulls.value.merged] == [("bo-sample",)]
    assert facts.protection.value and facts.protection.value.rules == ("pull_request",)
    assert facts.pages.value and not facts.pages.value.exists
    assert facts.deployments.value == () and facts.releases.value and facts.releases.value[0].tag == "v1"
    assert facts.calls == len(github.requests) == 11
    assert load_github(tmp_path) == facts


def test_answers_are_kept_as_they_came(github: GitHub, time: Time, tmp_path: Path) -> None:
    """The raw answer, its time, ETag and rate headers lie beside the mirror, for their owner only."""
    with open_api(github, time) as api:
        sync_github(URL, tmp_path, api)
    texts = [gzip.decompress(path.read_bytes()).decode() for path in (tmp_path / "github").iterdir()]
    assert any('\\"full_name\\": \\"ada-sample/shop\\"' in text and "x-ratelimit-remaining" in text for text in texts)
    assert all('"etag":"W/' in text and '"taken_at":"2026-01-23T23:00:00Z"' in text for text in texts)
    files = [tmp_path / "github.json", *(tmp_path / "github").iterdir()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_a_second_sync_costs_only_304s(github: GitHub, time: Time, tmp_path: Path) -> None:
    """Nothing that has not changed is sent, or counted by GitHub, twice."""
    github.projects[NAME].may_push = True
    with open_api(github, time) as api:
        first = sync_github(URL, tmp_path, api)
        github.statuses.clear()
        second = sync_github(URL, tmp_path, api)
    assert set(github.statuses) == {304}
    assert second.unchanged == second.calls
    assert [getattr(first, name).value for name in FACTS] == [getattr(second, name).value for name in FACTS]


def test_only_what_changed_is_sent(github: GitHub, time: Time, tmp_path: Path) -> None:
    """A new pull request brings its list and its own reviews, not those of the others."""
    github.projects[NAME].may_push = True
    with open_api(github, time) as api:
        sync_github(URL, tmp_path, api)
        github.statuses.clear()
        github.projects[NAME].pulls.insert(0, pull(4))
        facts = sync_github(URL, tmp_path, api)
    assert github.statuses[200] == 2
    assert facts.pulls.value and [one.number for one in facts.pulls.value.merged] == [4, 3]


@pytest.mark.parametrize("size", [1, 30, 100])
def test_pages_are_followed(github: GitHub, time: Time, tmp_path: Path, size: int) -> None:
    """Lists come whole, whatever the size of a page; past the bound they say that they are not."""
    github.page_size = size
    pushes = [push(number, number - 1, f"2026-01-20T10:00:{number:02}Z") for number in range(5, 0, -1)]
    github.projects[NAME].pushes = pushes
    with open_api(github, time) as api:
        facts = sync_github(URL, tmp_path, api)
    assert facts.push_log.value and len(facts.push_log.value.pushes) == 5 and facts.push_log.value.complete


def test_a_log_too_long_says_so(github: GitHub, time: Time, tmp_path: Path) -> None:
    """Past ten pages the log is not complete, and does not tell what was before it."""
    github.page_size = 1
    github.projects[NAME].pushes = [push(n, n - 1, f"2026-01-22T10:00:{n:02}Z") for n in range(12, 0, -1)]
    with open_api(github, time) as api:
        facts = sync_github(URL, tmp_path, api)
    log = facts.push_log.value
    assert log and not log.complete and len(log.pushes) == 10
    assert log.head_at(DEADLINE) is None


def test_runs_of_the_graded_commit_are_asked_for(github: GitHub, time: Time, tmp_path: Path) -> None:
    """Where there are more runs than one answer holds, those of the commit at the deadline are asked for by its sha."""
    github.page_size = 1
    with open_api(github, time) as api:
        facts = sync_github(URL, tmp_path, api, deadline=DEADLINE, commits=(SHAS[2],))
    assert facts.runs.value and not facts.runs.value.complete
    assert [one.conclusion for one in facts.runs.value.of(SHAS[1]) or ()] == ["failure"]
    assert facts.runs.value.of(SHAS[0]) is None


@pytest.mark.parametrize(
    "refusal",
    [
        Reply(403, {"message": "You have exceeded a secondary rate limit"}, {"retry-after": "45"}),
        Reply(429, {"message": "Too many requests"}, {"retry-after": "45"}),
        Reply(403, {"message": "You have exceeded a secondary rate limit"}),
        Reply(
            403,
            {"message": "API rate limit exceeded"},
            {
                "x-ratelimit-remaining": "0",
                "x-ratelimit-reset": "1770000044",
                "date": "Mon, 02 Feb 2026 02:40:00 GMT",
            },
        ),
    ],
)
def test_limits_are_waited_for_visibly(github: GitHub, time: Time, tmp_path: Path, refusal: Reply) -> None:
    """A refusal for a limit is waited for as long as the server asks, with a countdown, and costs no fact."""
    github.faults = [refusal]
    with open_api(github, time) as api:
        facts = sync_github(URL, tmp_path, api)
    assert set(reasons(facts)) == {"collaborators"}
    assert 40 <= time.slept <= 70
    seconds = [left for left, _ in time.said]
    assert seconds == sorted(seconds, reverse=True) and seconds[-1] == 0 and len(seconds) > 30
    assert "rate limit" in time.said[0][1]


def test_a_used_up_limit_is_waited_for_before_it_refuses(github: GitHub, time: Time, tmp_path: Path) -> None:
    """The answer that says that none is left has the next request wait."""
    last = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1770000120", "date": "Mon, 02 Feb 2026 02:40:00 GMT"}
    github.faults = [Reply(404, {}, last)]
    with open_api(github, time) as api:
        sync_github(URL, tmp_path, api)
        assert time.slept == 0
        sync_github(URL, tmp_path, api)
    assert 110 < time.slept < 130 and github.statuses[403] == 1


def test_a_server_that_asks_for_too_much_is_not_waited_for(github: GitHub, time: Time, tmp_path: Path) -> None:
    """A day is too long: the fact has its reason, and the next one is asked for after the longest wait."""
    github.faults = [Reply(429, {}, {"retry-after": "86400"})]
    with open_api(github, time) as api:
        facts = sync_github(URL, tmp_path, api)
    assert "asks to wait 86401 s" in facts.repository.reason
    assert set(reasons(facts)) == set(FACTS)


def test_faults_that_pass_are_tried_again(github: GitHub, time: Time, tmp_path: Path) -> None:
    """5xx and dropped connections are tried again after growing waits."""
    github.faults = [Reply(502), Reply(0), Reply(503)]
    with open_api(github, time) as api:
        facts = sync_github(URL, tmp_path, api)
    assert set(reasons(facts)) == {"collaborators"}
    assert time.slept == 1 + 2 + 4


def test_without_a_network_everything_has_a_reason_soon(github: GitHub, time: Time, tmp_path: Path) -> None:
    """A server that nobody reaches costs a few tries, not a few for each group."""
    github.drop_every = 1
    with open_api(github, time) as api:
        for number in range(20):
            facts = sync_github(f"https://github.com/ada-sample/shop{number}", tmp_path / str(number), api)
            assert set(reasons(facts).values()) == {"GitHub could not be reached."}
    assert len(github.requests) == 3 * 7 + 17


def test_a_renamed_repository_is_followed(github: GitHub, time: Time, tmp_path: Path) -> None:
    """The roster's name leads to the new one, which later calls use; the second sync needs no redirect."""
    github.renamed["ada-sample/old-shop"] = NAME
    with open_api(github, time) as api:
        facts = sync_github("https://github.com/ada-sample/old-shop", tmp_path, api)
        assert facts.repository.value and facts.repository.value.renamed and facts.repository.value.name == NAME
        assert github.statuses[301] == 1
        again = sync_github("https://github.com/ada-sample/old-shop", tmp_path, api)
    assert github.statuses[301] == 1 and again.repository.value == facts.repository.value


@pytest.mark.parametrize("place", ["https://evil.example.org/repos/a/b", "http://api.github.com/x", "//x/y", "x"])
def test_redirects_stay_on_the_server(github: GitHub, time: Time, tmp_path: Path, place: str) -> None:
    """The token goes to no other host, nor over plain http."""
    github.faults = [Reply(301, {}, {"location": place})]
    with open_api(github, time) as api:
        facts = sync_github(URL, tmp_path, api)
    assert "another server" in facts.repository.reason and len(github.requests) == 1


def test_next_pages_stay_on_the_server(github: GitHub, time: Time, tmp_path: Path) -> None:
    """A link to the next page that leads elsewhere is not followed."""
    seen = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.host)
        reply = github.reply(request.url.raw_path.decode(), request.headers)
        return httpx.Response(
            reply.status, json=reply.body, headers={"link": '<https://evil.example.org/next>; rel="next"'}
        )

    with GitHubApi(TOKEN, transport=httpx.MockTransport(handle)) as api:
        sync_github(URL, tmp_path, api)
    assert set(seen) == {"api.github.com"}


def test_a_hidden_repository_is_a_reason(github: GitHub, time: Time, tmp_path: Path) -> None:
    """404 is one call and one reason for all facts."""
    with open_api(github, time) as api:
        facts = sync_github("https://github.com/ada-sample/private", tmp_path, api)
    assert set(reasons(facts)) == set(FACTS) and len(github.requests) == 1
    assert "hides it" in facts.push_log.reason


def test_facts_of_the_night_outlive_the_repository(github: GitHub, time: Time, tmp_path: Path) -> None:
    """What was known stays known, with its time, when the repository has gone or the token has."""
    with open_api(github, time) as api:
        first = sync_github(URL, tmp_path, api)
        del github.projects[NAME]
        second = sync_github(URL, tmp_path, api)
    assert second.push_log.value == first.push_log.value and second.push_log.taken_at == NOW
    assert second.push_log.reason.startswith("Not taken again.")
    assert sync_github(URL, tmp_path, None) == second


def test_without_a_token_every_fact_says_so(tmp_path: Path) -> None:
    """No token, no calls; a host that is not GitHub is a reason, too."""
    facts = sync_github(URL, tmp_path / "a", None)
    assert set(reasons(facts).values()) == {NO_TOKEN} and len(reasons(facts)) == len(FACTS)
    other = sync_github("https://git.example.org/ada/shop", tmp_path / "b", None)
    assert "not on github.com" in other.repository.reason


@pytest.mark.parametrize("body", [[], {}, "text", {"full_name": 7}, {"full_name": "a/b", "private": None}, None])
def test_odd_answers_are_reasons(github: GitHub, time: Time, tmp_path: Path, body: object) -> None:
    """An answer of another shape than described stops nothing."""
    github.faults = [Reply(200, body)]
    with open_api(github, time) as api:
        facts = sync_github(URL, tmp_path, api)
    assert "could not be read" in facts.repository.reason


def test_an_interrupted_sync_goes_on(github: GitHub, time: Time, tmp_path: Path) -> None:
    """What was answered before the interruption is asked for by ETag, and no half facts are written."""
    with pytest.raises(AskError), open_api(github, time, stop=lambda: len(github.requests) >= 5) as api:
        sync_github(URL, tmp_path, api)
    assert load_github(tmp_path) is None
    with open_api(github, time) as api:
        facts = sync_github(URL, tmp_path, api)
    assert facts.unchanged == 5 and set(reasons(facts)) == {"collaborators"}


@pytest.mark.parametrize("junk", [b"", b"{", b"[]", b'{"schema_version": 9}', b"\x00" * 100])
def test_damaged_files_are_no_facts(github: GitHub, time: Time, tmp_path: Path, junk: bytes) -> None:
    """A damaged file is taken anew."""
    with open_api(github, time) as api:
        sync_github(URL, tmp_path, api)
        for path in [tmp_path / "github.json", *(tmp_path / "github").iterdir()]:
            path.write_bytes(junk)
        assert load_github(tmp_path) is None
        assert set(reasons(sync_github(URL, tmp_path, api))) == {"collaborators"}


def test_runs_of_github_itself_are_not_the_groups(github: GitHub, time: Time, tmp_path: Path) -> None:
    """A Pages build is no CI of the group's."""
    project = github.projects[NAME]
    project.runs = [run(9, SHAS[2], path="dynamic/pages/pages-build-deployment", event="dynamic")]
    with open_api(github, time) as api:
        facts = sync_github(URL, tmp_path, api)
    assert facts.runs.value and facts.runs.value.of(SHAS[2]) == ()


@pytest.mark.parametrize("moment, number", [("19", None), ("20", 0), ("21", 1), ("22", 2), ("25", 2)])
def test_the_push_log_tells_the_head_of_a_day(github: GitHub, moment: str, number: int | None) -> None:
    """The branch stands where the last push before a moment put it."""
    from harvester.models.github import Push, PushLog

    pushes = tuple(
        Push(at=one["timestamp"], before=one["before"], after=one["after"], ref="refs/heads/main", kind="push")
        for one in github.projects[NAME].pushes
    )
    at = datetime.fromisoformat(f"2026-01-{moment}T11:00:00+00:00")
    assert PushLog(branch="main", pushes=pushes).head_at(at) == (None if number is None else SHAS[number])
    later = PushLog(branch="main", pushes=pushes[:1])
    assert later.head_at(datetime.fromisoformat("2026-01-19T11:00:00+00:00")) == SHAS[1]
    gone = pushes[0].model_copy(update={"after": NULL, "kind": "branch_deletion"})
    assert PushLog(branch="main", pushes=(gone,)).head_at(NOW) is None


@pytest.mark.parametrize("fault", ["none", "flaky", "limits", "revoked"])
def test_a_class_of_a_hundred(tmp_path: Path, caplog: pytest.LogCaptureFixture, fault: str) -> None:
    """On a real server that throttles, drops, renames and takes the token away: every fact or its reason, in order."""
    caplog.set_level(logging.DEBUG)
    github = GitHub(page_size={"limits": 1, "flaky": 30}.get(fault, 100))
    names = [f"ada-sample/shop-{number}" for number in range(100)]
    for name in names:
        pushes = [push(after, after - 1, f"2026-01-20T10:00:{after:02}Z") for after in range(35, 0, -1)]
        github.add(name, may_push=True, **({"pushes": pushes} if fault == "flaky" else {}))
    for number in range(0, 100, 20):
        github.renamed[f"ada-sample/old-{number}"] = names[number]
    if fault == "flaky":
        github.drop_every = 2
        github.faults = [Reply(status) for status in (500, 502, 503, 504)]
    elif fault == "limits":
        github.limit = 400
        github.faults = [Reply(429, {}, {"retry-after": "30"}), Reply(403, {"message": "secondary rate limit"})]
    elif fault == "revoked":
        github.revoke_after = 300
    urls = [f"https://github.com/{'ada-sample/old-' + str(n) if n % 20 == 0 else name}" for n, name in enumerate(names)]
    time = Time()
    raised: list[str] = []

    def sync(place: int) -> GitHubFacts:
        try:
            return sync_github(urls[place], tmp_path / "mirrors" / str(place), api)
        except BaseException as error:
            raised.append("".join(traceback.format_exception(error)) + repr(error))
            raise

    with github.serving() as base:
        turns = Turns(clock=time.clock, sleep=time.sleep, waiting=time.say)
        with GitHubApi(TOKEN, turns=turns, base_url=base, jitter=lambda: 0.5) as api, ThreadPoolExecutor(8) as pool:
            results = list(pool.map(sync, range(100)))
            assert TOKEN not in repr(api) + repr(turns) + repr(results)
            if fault in ("none", "limits"):
                github.statuses.clear()
                list(pool.map(sync, range(100)))
                assert set(github.statuses) == {304}
    unknown = [reason for facts in results for reason in reasons(facts).values()]
    assert all(unknown)
    assert {"none": len(unknown) == 0, "limits": len(unknown) == 0, "flaky": len(unknown) < 100}.get(fault, unknown)
    assert github.most_in_flight == 1
    for path in tmp_path.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert TOKEN.encode() not in (gzip.decompress(data) if path.suffix == ".gz" else data)
    assert TOKEN not in caplog.text + "".join(raised)


def test_no_exception_holds_the_token(time: Time, tmp_path: Path) -> None:
    """Not even a token that cannot be a header, nor a client that breaks."""
    odd = "ghp_odd\nsecret"

    def handle(request: httpx.Request) -> httpx.Response:
        raise httpx.LocalProtocolError(f"illegal header {request.headers!r} {odd}")

    turns = Turns(clock=time.clock, sleep=time.sleep)
    with GitHubApi(odd, turns=turns, transport=httpx.MockTransport(handle)) as api:
        facts = sync_github(URL, tmp_path, api)
        error = AskError("x", None)  # type: ignore[arg-type]
        try:
            api.ask("/x", __import__("harvester.mirrors.github_answers", fromlist=["Shelf"]).Shelf(tmp_path / "github"))
        except AskError as raised:
            error = raised
    assert "secret" not in facts.model_dump_json() + "".join(traceback.format_exception(error))
    assert error.__context__ is None


def test_the_token_needs_https() -> None:
    """A token never goes over plain http to another machine."""
    with pytest.raises(ValueError, match="https"):
        GitHubApi(TOKEN, base_url="http://api.example.org")


def test_facts_go_to_other_processes(github: GitHub, time: Time, tmp_path: Path) -> None:
    """Grading runs in workers: facts can be pickled."""
    with open_api(github, time) as api:
        facts = sync_github(URL, tmp_path, api)
    assert pickle.loads(pickle.dumps(facts)) == facts

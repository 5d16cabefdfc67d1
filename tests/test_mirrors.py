"""A sync, its state, and what it says when something is wrong."""

import os
import re
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.errors import MirrorError
from harvester.mirrors import SyncOptions, find_token, load_state, sync_mirror
from harvester.mirrors.failures import read_failure
from harvester.mirrors.local import LocalRefs
from harvester.mirrors.token import scrub, token_settings
from harvester.mirrors.urls import canonical_url, check_url, same_repository
from harvester.models.mirror import MirrorState
from harvester.models.status import Status
from harvester.processes import Outcome
from tests.support.network import serve_git
from tests.support.repos import Commit, Fork, Repo, build_repo, run_git

NOON = datetime(2026, 1, 20, 12, tzinfo=UTC)
OPTIONS = SyncOptions(allow_protocols=("file",), timeout=60, now=lambda: NOON, sleep=lambda seconds: None)
TOKEN = "gho_" + "Zx9" * 12
BIG = os.urandom(40_000)


@pytest.fixture
def remote(tmp_path: Path) -> Repo:
    """A group's repository with a branch, a tag and a big file."""
    return build_repo(
        tmp_path / "remote.git",
        [Commit({"a.txt": "one\n", "big.bin": BIG}), Commit({"b.txt": "two\n"})],
        branches={"dev": [Commit({"c.txt": "three\n"})]},
        tags={"v1": 0},
    )


def sync(remote: Repo | str, folder: Path, **changes: object) -> MirrorState:
    """Sync with the options of these tests."""
    url = remote if isinstance(remote, str) else remote.url
    return sync_mirror(url, folder, replace(OPTIONS, **changes))  # type: ignore[arg-type]


def grow(remote: Repo, *commits: Commit, branch: str = "main") -> str:
    """Push commits on a branch; returns the new tip."""
    for number, commit in enumerate(commits):
        tree = run_git(remote.path, "rev-parse", f"{branch}^{{tree}}").decode().strip()
        message = f"{commit.message} {number}"
        sha = run_git(remote.path, "commit-tree", tree, "-p", branch, "-m", message).decode().strip()
        run_git(remote.path, "update-ref", f"refs/heads/{branch}", sha)
    return run_git(remote.path, "rev-parse", branch).decode().strip()


def fake_git(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> Path:
    """Put a shell script in git's place; `$REAL` in it is the real git. Returns the folder it can write to."""
    real = run_git(folder, "--exec-path").decode().strip() + "/git"
    (folder / "bin").mkdir()
    program = folder / "bin" / "git"
    program.write_text(f"#!/bin/sh\nREAL={real}\nHERE={folder}\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    return folder


def test_a_first_sync_holds_what_the_server_has(remote: Repo, tmp_path: Path) -> None:
    """All branches and tags, the default branch, and every commit."""
    state = sync(remote, tmp_path / "m")

    assert state.status is Status.OK
    assert state.problem is None
    assert (state.default_branch, state.head) == ("main", remote.head)
    assert state.refs == {
        "refs/heads/main": remote.head,
        "refs/heads/dev": remote.branches["dev"][-1],
        "refs/tags/v1": remote.shas[0],
    }
    assert state.synced_at == state.tried_at == NOON
    assert state.first_seen == {remote.head: NOON, remote.branches["dev"][-1]: NOON}
    assert load_state(tmp_path / "m") == state
    assert run_git(tmp_path / "m" / "repo.git", "rev-list", "--count", "main").decode().strip() == "2"


def test_large_blobs_stay_away_and_cannot_be_fetched(remote: Repo, tmp_path: Path) -> None:
    """A blob above the limit is known by its tree only, and the mirror names no remote to fetch it from."""
    sync(remote, tmp_path / "m", blob_limit=10_000)
    mirror = tmp_path / "m" / "repo.git"

    shas = run_git(mirror, "rev-parse", "main:big.bin", "main:a.txt").decode()
    found = run_git(mirror, "cat-file", "--batch-check", data=shas.encode()).decode().splitlines()

    assert found[0].endswith("missing")
    assert found[1].endswith("blob 4")
    config = (mirror / "config").read_text()
    assert "remote" not in config
    assert str(remote.path) not in config
    assert not (mirror / "hooks").exists()


def test_only_the_owner_can_read_a_mirror(remote: Repo, tmp_path: Path) -> None:
    """What holds students' work is closed to others."""
    sync(remote, tmp_path / "m")

    assert (tmp_path / "m").stat().st_mode & 0o077 == 0
    assert (tmp_path / "m" / "state.json").stat().st_mode & 0o077 == 0


def test_an_unchanged_repository_costs_one_request(
    remote: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second sync asks for the refs, and nothing else."""
    first = sync(remote, tmp_path / "m")
    here = fake_git(tmp_path, monkeypatch, 'echo "$@" >> $HERE/calls\nexec $REAL "$@"')
    later = NOON + timedelta(hours=1)

    second = sync(remote, tmp_path / "m", now=lambda: later)

    assert len((here / "calls").read_text().splitlines()) == 1
    seen = (first.heads[0].model_copy(update={"last": later}),)
    assert second == first.model_copy(update={"synced_at": later, "tried_at": later, "heads": seen})


def test_refs_are_read_as_git_lists_them(remote: Repo, tmp_path: Path) -> None:
    """Packed by a clone, one file each after a fetch, in folders, with any name, and tags that are objects."""
    for number in range(2):
        grow(remote, Commit())
        for name in (f"refs/heads/feature/{number}", f"refs/heads/\u00e9{number}", f"refs/tags/v.{number}"):
            run_git(remote.path, "update-ref", name, "main")
        run_git(remote.path, "-c", "user.name=A", "-c", "user.email=a@b", "tag", "-a", "-m", "m", f"whole{number}")
        state = sync(remote, tmp_path / "m")
        listed = run_git(tmp_path / "m" / "repo.git", "for-each-ref", "--format=%(refname) %(objectname)").decode()
        lines = [line.split(" ") for line in listed.splitlines() if not line.startswith("refs/harvester")]
        assert list(state.refs.items()) == [(name, sha) for name, sha in lines]


def test_a_ref_that_is_none_makes_the_mirror_anew(remote: Repo, tmp_path: Path) -> None:
    sync(remote, tmp_path / "m")
    (tmp_path / "m" / "repo.git" / "refs" / "heads" / "odd").write_text("nothing\n")
    tip = grow(remote, Commit())
    state = sync(remote, tmp_path / "m")
    assert (state.status, state.problem, state.head) == (Status.OK, None, tip)
    assert LocalRefs(tmp_path / "m" / "repo.git").refs() == state.refs


def test_packed_refs_beyond_a_bound_are_not_read(remote: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harvester.mirrors.local._LARGEST", 100)
    state = sync(remote, tmp_path / "m")
    assert (state.status, state.refs) == (Status.REFUSED, {})
    assert "more branches and tags" in (state.problem or "")


def test_a_changed_repository_is_fetched(remote: Repo, tmp_path: Path) -> None:
    """New commits come, branches that are gone go, and a tip is known by when it was first seen."""
    sync(remote, tmp_path / "m")
    tip = grow(remote, Commit(), Commit())
    run_git(remote.path, "update-ref", "-d", "refs/heads/dev")
    run_git(remote.path, "tag", "v2", "main")
    later = NOON + timedelta(hours=1)

    state = sync(remote, tmp_path / "m", now=lambda: later)

    assert state.head == tip
    assert state.refs == {"refs/heads/main": tip, "refs/tags/v1": remote.shas[0], "refs/tags/v2": tip}
    assert (state.first_seen[remote.head], state.first_seen[tip]) == (NOON, later)
    assert state.forced == ()
    assert load_state(tmp_path / "m") == state
    kept = run_git(tmp_path / "m" / "repo.git", "for-each-ref", "--format=%(refname)", "refs/harvester").decode()
    assert kept.split() == [f"refs/harvester/seen/{remote.branches['dev'][-1]}"]


def test_a_rewritten_history_is_noted_and_the_old_one_kept(remote: Repo, tmp_path: Path) -> None:
    """What was graded once can be shown again, whatever is pushed over it."""
    sync(remote, tmp_path / "m")
    run_git(remote.path, "update-ref", "refs/heads/main", remote.shas[0])
    tip = grow(remote, Commit(message="Instead"))

    state = sync(remote, tmp_path / "m")

    assert state.forced == (f"main {remote.head}..{tip} {NOON.isoformat()}",)
    assert state.head == tip
    mirror = tmp_path / "m" / "repo.git"
    run_git(mirror, "-c", "gc.pruneExpire=now", "gc", "--quiet")
    assert run_git(mirror, "cat-file", "-t", remote.head) == b"commit\n"
    assert sync(remote, tmp_path / "m").forced == state.forced


def test_another_url_makes_another_mirror(remote: Repo, tmp_path: Path) -> None:
    """A corrected roster never shows the work of the repository before."""
    sync(remote, tmp_path / "m")
    other = build_repo(tmp_path / "other.git", [Commit({"x": "x"})], default_branch="trunk")

    state = sync(other, tmp_path / "m")
    assert (state.default_branch, state.head, len(state.refs)) == ("trunk", other.head, 1)

    gone = sync((tmp_path / "gone.git").as_uri(), tmp_path / "m")
    assert (gone.status, gone.head, gone.refs) == (Status.UNREACHABLE, None, {})


def test_default_branch_is_guessed_where_the_server_names_none(tmp_path: Path) -> None:
    """A server whose HEAD names no branch still has one that is graded."""
    remote = build_repo(tmp_path / "r.git", [Commit({"a": "a"})], branches={"master": Fork([Commit({"b": "b"})])})
    (remote.path / "HEAD").write_text("ref: refs/heads/nowhere\n")

    assert sync(remote, tmp_path / "m").default_branch == "main"
    run_git(remote.path, "update-ref", "-d", "refs/heads/main")
    assert sync(remote, tmp_path / "m").head == remote.branches["master"][-1]


def test_an_empty_repository_says_so_and_may_fill(tmp_path: Path) -> None:
    """Empty is a status of its own, and the next sync looks again."""
    remote = build_repo(tmp_path / "r.git")
    state = sync(remote, tmp_path / "m")
    assert (state.status, state.head) == (Status.EMPTY, None)
    assert "empty" in (state.problem or "")

    (tmp_path / "r.git").rename(tmp_path / "old.git")
    filled = build_repo(tmp_path / "r.git", [Commit({"a": "a"})])
    assert sync(remote, tmp_path / "m").head == filled.head


def test_a_failed_sync_keeps_the_last_good_state(remote: Repo, tmp_path: Path) -> None:
    """Grading goes on from what there was, and it is said, with the time."""
    good = sync(remote, tmp_path / "m")
    remote.path.rename(tmp_path / "away.git")
    later = NOON + timedelta(days=1)

    state = sync(remote, tmp_path / "m", now=lambda: later)

    assert (state.status, state.refs, state.synced_at) == (Status.OK, good.refs, NOON)
    assert state.tried_at == later
    assert "2026-01-21 12:00 UTC" in (state.problem or "")
    (tmp_path / "away.git").rename(remote.path)
    assert sync(remote, tmp_path / "m").problem is None


def test_emptied_later_keeps_the_last_good_state(remote: Repo, tmp_path: Path) -> None:
    """A group that deletes everything is still graded on what it had."""
    good = sync(remote, tmp_path / "m")
    for name in good.refs:
        run_git(remote.path, "update-ref", "-d", name)

    state = sync(remote, tmp_path / "m")

    assert (state.status, state.refs) == (Status.OK, good.refs)
    assert "no branch" in (state.problem or "")


@pytest.mark.parametrize(
    "url",
    [
        "--upload-pack=touch x",
        "-oProxyCommand=x",
        "ext::sh -c touch% x",
        "ext::sh",
        "fd::17",
        "https://ada:secret@github.com/example/project",
        "https://github.com/example/project\n--upload-pack=x",
        "ssh://-oProxyCommand=x/project",
        "-x:project",
        "ftp://example.org/project",
        "http://github.com/example/project",
        "git://example.org/project",
        "file:///srv/project",
        "/srv/project",
        "../project",
        "https:///project",
        "https://[bad/project",
        "",
    ],
)
def test_dangerous_urls_are_refused_before_git_runs(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Options, remote helpers, passwords, paths and protocols that nobody allowed never reach git."""
    here = fake_git(tmp_path, monkeypatch, "touch $HERE/ran; exit 1")

    state = sync(url, tmp_path / "m", allow_protocols=("https", "ssh"))

    assert state.status is Status.REFUSED
    assert state.problem
    assert "secret" not in state.model_dump_json().replace(url, "")
    assert not (here / "ran").exists()


@pytest.mark.parametrize(
    ("url", "protocol"),
    [
        ("https://github.com/example/project", "https"),
        ("git@github.com:example/project.git", "ssh"),
        ("ssh://git@example.org:2222/example/project", "ssh"),
    ],
)
def test_usual_urls_are_accepted(url: str, protocol: str) -> None:
    """The forms that a roster holds."""
    assert check_url(url, ("https", "ssh")) == protocol


@given(st.text(max_size=60))
def test_any_text_as_a_url_is_accepted_or_refused(text: str) -> None:
    """Never anything else than a protocol that is allowed, or a sentence."""
    try:
        assert check_url(text, ("https", "ssh")) in ("https", "ssh")
    except MirrorError as error:
        assert error.status is Status.REFUSED
        assert error.message


def test_a_redirect_out_of_the_protocol_is_refused(tmp_path: Path) -> None:
    """A server cannot lead git to a file of this machine."""
    secret = build_repo(tmp_path / "secret.git", [Commit({"a": "a"})])

    class Redirect(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(302)
            self.send_header("Location", f"{secret.url}{self.path.removeprefix('/project')}")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Redirect)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        state = sync(f"http://127.0.0.1:{server.server_port}/project", tmp_path / "m", allow_protocols=("http",))
    finally:
        server.shutdown()
        server.server_close()

    assert (state.status, state.head) == (Status.REFUSED, None)
    assert "protocol" in (state.problem or "")


def test_a_renamed_repository_is_noted(remote: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the server sends us is in the state; the same address in other letters is no other address."""
    warning = 'echo "warning: redirecting to https://github.com/New/Name.git/" >&2\n'
    fake_git(tmp_path, monkeypatch, warning + 'exec $REAL "$@"')

    assert sync(remote, tmp_path / "m").redirected_to == "https://github.com/New/Name"
    assert sync(remote, tmp_path / "m").redirected_to == "https://github.com/New/Name"
    assert same_repository("https://github.com/new/name/", "https://GitHub.com/New/Name.git")
    assert canonical_url("https://x:y@Example.org/a/b.git/") == "https://example.org/a/b"


def test_the_token_is_only_in_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not in an argument, a file or a message, even where git repeats it."""
    script = (
        f'echo "$@" >> $HERE/args; env > $HERE/env; echo "fatal: {TOKEN} https://x:{TOKEN}@github.com/a" >&2; exit 1'
    )
    here = fake_git(tmp_path, monkeypatch, script)
    url = "https://github.com/example/project"

    state = sync(url, tmp_path / "m", allow_protocols=("https",), token=TOKEN)

    [header] = token_settings(url, TOKEN).values()
    encoded = header.rpartition(" ")[2]
    assert f"={header}" in (here / "env").read_text()
    written = [path for path in (tmp_path / "m").rglob("*") if path.is_file()] + [here / "args"]
    texts = [path.read_text() for path in written] + [state.model_dump_json(), repr(SyncOptions(token=TOKEN))]
    assert len(texts) >= 4
    assert not [text for text in texts if TOKEN in text or encoded in text]


@pytest.mark.parametrize(
    "url",
    ["https://gitlab.com/a/b", "http://github.com/a/b", "https://github.com.example.org/a/b", "git@github.com:a/b"],
)
def test_the_token_goes_to_github_only(url: str) -> None:
    """No other host, and never in the clear."""
    assert token_settings(url, TOKEN) == {}
    assert token_settings("https://github.com/a/b", "line\nbreak") == {}


@given(st.text(), st.text())
def test_scrubbed_texts_hold_no_secret(before: str, after: str) -> None:
    """Wherever the token stands in a text, it is not there afterwards."""
    scrubbed = scrub(f"{before}{TOKEN}{after} https://ada:pass@example.org Authorization: Basic abc", TOKEN)

    assert TOKEN not in scrubbed
    assert "ada:pass" not in scrubbed
    assert "Basic abc" not in scrubbed


def test_a_token_is_found_in_the_environment_or_asked_of_gh(tmp_path: Path) -> None:
    """GITHUB_TOKEN before GH_TOKEN before gh; what cannot be a token is none."""
    gh = tmp_path / "gh"
    gh.write_text(f"#!/bin/sh\necho {TOKEN}gh\n")
    gh.chmod(0o755)
    path = {"PATH": str(tmp_path)}

    assert find_token({"GITHUB_TOKEN": TOKEN, "GH_TOKEN": "other-token"}) == TOKEN
    assert find_token({"GITHUB_TOKEN": " ", "GH_TOKEN": "other-token", **path}) == "other-token"
    assert find_token(path) == f"{TOKEN}gh"
    gh.write_text("#!/bin/sh\necho not logged in; exit 1\n")
    assert find_token({"GITHUB_TOKEN": "a b\nc", **path}) is None


@pytest.mark.parametrize(
    ("stderr", "status", "word"),
    [
        ("remote: Repository not found.\nfatal: repository 'https://x/' not found", Status.UNREACHABLE, "private"),
        (
            "fatal: could not read Username for 'https://github.com': terminal prompts disabled",
            Status.UNREACHABLE,
            "private",
        ),
        (
            "git@github.com: Permission denied (publickey).\nfatal: Could not read from remote",
            Status.UNREACHABLE,
            "private",
        ),
        ("fatal: unable to access 'x': Could not resolve host: gihub.com", Status.UNREACHABLE, "unknown"),
        ("fatal: unable to access 'x': Failed to connect to x port 443", Status.UNREACHABLE, "connection"),
        ("fatal: transport 'file' not allowed", Status.REFUSED, "protocol"),
        ("fatal: https://example.org/info/refs not valid: is this a git repository?", Status.UNREACHABLE, "no git"),
        (
            "fatal: '/x' does not appear to be a git repository\nfatal: Could not read from",
            Status.UNREACHABLE,
            "no git",
        ),
        ("error: RPC failed; curl 92\nfatal: early EOF", Status.UNREACHABLE, "connection"),
        ("fatal: Could not read from remote repository.\n\nPlease", Status.UNREACHABLE, "connection"),
        (
            "ERROR: There is no such project.\nfatal: Could not read from remote repository.",
            Status.UNREACHABLE,
            "private",
        ),
        ("fatal: write error: No space left on device\nfatal: index-pack failed", Status.FAILED, "disk"),
        ("fatal: pack has bad object at offset 12\nfatal: index-pack failed", Status.FAILED, "damaged"),
        (
            "remote: fatal: bad tree object 7c86\nremote: aborting due to possible repository corruption on the remote "
            "side.\nfatal: early EOF\nfatal: fetch-pack: invalid index-pack output",
            Status.FAILED,
            "damaged",
        ),
        (
            "error: object file ./objects/50/9c is empty\nfatal: loose object 509c (stored in ./objects/50/9c) is "
            "corrupt\nfatal: the remote end hung up unexpectedly",
            Status.FAILED,
            "damaged",
        ),
        (
            "fatal: pack has bad object at offset 446: inflate returned -3\nfatal: invalid index-pack output",
            Status.FAILED,
            "damaged",
        ),
        ("fatal: early EOF\nfatal: index-pack failed", Status.UNREACHABLE, "connection"),
        ("fatal: something new\x1b[31m", Status.FAILED, "something new"),
        ("", Status.FAILED, "no message"),
    ],
)
def test_each_failure_has_its_own_sentence(stderr: str, status: Status, word: str) -> None:
    """A status, and a sentence that a teacher understands."""
    failure = read_failure(Outcome(128, b"", stderr), timeout=5, text=stderr)

    assert failure.status is status
    assert word in failure.sentence
    assert failure.sentence.isprintable()


@given(st.text())
def test_any_message_of_git_is_a_failure_with_a_sentence(text: str) -> None:
    """Whatever a server makes git say, it is one printable line."""
    failure = read_failure(Outcome(1, b"", text), timeout=5, text=text)

    assert 10 < len(failure.sentence) < 400
    assert "\n" not in failure.sentence


def test_a_passing_failure_is_tried_again_and_a_lasting_one_is_not(
    remote: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dropped connection is worth a second try; a repository that is not there is not."""
    waits: list[float] = []
    once = 'test -e $HERE/once && exec $REAL "$@"; touch $HERE/once; echo "fatal: early EOF" >&2; exit 1'
    here = fake_git(tmp_path, monkeypatch, once)
    state = sync(remote, tmp_path / "m", sleep=waits.append)
    assert (state.status, len(waits)) == (Status.OK, 1)

    (here / "bin" / "git").write_text(
        f'#!/bin/sh\necho x >> {here}/gone; echo "ERROR: Repository not found." >&2; exit 1\n'
    )
    assert sync(remote, tmp_path / "n", sleep=waits.append).status is Status.UNREACHABLE
    assert (len(waits), (here / "gone").read_text()) == (1, "x\n")


def test_a_server_that_never_ends_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the timeout, git and what it started are gone."""
    here = fake_git(tmp_path, monkeypatch, "sleep 60 & echo $! > $HERE/child; wait")
    start = time.monotonic()

    state = sync((tmp_path / "r.git").as_uri(), tmp_path / "m", timeout=0.5)

    assert time.monotonic() - start < 10
    assert state.status is Status.UNREACHABLE
    assert "0.5 seconds" in (state.problem or "")
    child = int((here / "child").read_text())
    assert _has_ended(child)


def _has_ended(pid: int) -> bool:
    for _ in range(50):
        stat = Path(f"/proc/{pid}/stat")
        if not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.02)
    return False


def test_a_sync_that_is_told_to_stop_leaves_the_state_alone(remote: Repo, tmp_path: Path) -> None:
    """Ctrl-C is no failure of the group's."""
    good = sync(remote, tmp_path / "m")
    grow(remote, Commit())

    sync(remote, tmp_path / "m", stop=lambda: True, timeout=0.001)

    assert load_state(tmp_path / "m") == good


def test_a_repository_beyond_the_bound_is_given_up(remote: Repo, tmp_path: Path) -> None:
    """Its size is said, and nothing of it stays."""
    state = sync(remote, tmp_path / "m", max_size=20_000)

    assert state.status is Status.REFUSED
    assert "larger than 0.02 MB" in (state.problem or "")
    assert [path.name for path in (tmp_path / "m").iterdir()] == ["state.json"]


def test_a_damaged_mirror_is_made_again(remote: Repo, tmp_path: Path) -> None:
    """A pack that a crash cut short does not stay for ever."""
    sync(remote, tmp_path / "m")
    for pack in (tmp_path / "m" / "repo.git" / "objects" / "pack").glob("*.pack"):
        pack.chmod(0o600)
        pack.write_bytes(pack.read_bytes()[:100])
    tip = grow(remote, Commit())

    state = sync(remote, tmp_path / "m")

    assert (state.status, state.head, state.problem) == (Status.OK, tip, None)
    run_git(tmp_path / "m" / "repo.git", "fsck", "--connectivity-only")


def test_what_is_left_of_a_mirror_is_replaced(remote: Repo, tmp_path: Path) -> None:
    """Somebody removed the mirrors while git was at work."""
    sync(remote, tmp_path / "m")
    shutil.rmtree(tmp_path / "m" / "repo.git" / "objects")
    tip = grow(remote, Commit())

    state = sync(remote, tmp_path / "m")

    assert (state.status, state.head, state.problem) == (Status.OK, tip, None)


def test_foreign_folders_are_left_alone(remote: Repo, tmp_path: Path) -> None:
    """A folder that holds something else is never replaced."""
    foreign = tmp_path / "m" / "repo.git"
    foreign.mkdir(parents=True)
    (foreign / "thesis.txt").write_text("mine")

    assert "other things" in (sync(remote, tmp_path / "m").problem or "")
    assert (foreign / "thesis.txt").read_text() == "mine"


def test_a_folder_that_cannot_be_written_is_said(remote: Repo, tmp_path: Path) -> None:
    """A file in the folder's place is a sentence, not a traceback."""
    (tmp_path / "m").write_text("")

    with pytest.raises(MirrorError, match="cannot be used"):
        sync(remote, tmp_path / "m")


@given(st.binary(max_size=200))
def test_any_bytes_as_a_state_are_none_or_a_state(data: bytes) -> None:
    """A damaged state file is never read as a mirror."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "state.json").write_bytes(data)
        assert load_state(Path(folder)) is None


def test_a_state_without_its_repository_is_not_read(remote: Repo, tmp_path: Path) -> None:
    """Half a mirror is no mirror."""
    sync(remote, tmp_path / "m")
    (tmp_path / "m" / "repo.git").rename(tmp_path / "elsewhere")

    assert load_state(tmp_path / "m") is None
    assert sync(remote, tmp_path / "m").status is Status.OK


def test_git_variables_of_the_user_change_nothing(
    remote: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A GIT_DIR, a config or a hook of the user's environment stays outside."""
    config = tmp_path / "config"
    config.write_text(f'[url "file:///nowhere/"]\n\tinsteadOf = {remote.url}\n[core]\n\thooksPath = {tmp_path}\n')
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(tmp_path / "nowhere"))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", "'core.bare=false'")

    assert sync(remote, tmp_path / "m").head == remote.head
    assert not (tmp_path / "nowhere").exists()


def test_killed_at_any_moment_the_next_sync_goes_on(tmp_path: Path) -> None:
    """Git may be killed whenever: no half mirror is read, and it ends as if nothing had happened."""
    files = {f"d{number}/f{number}.txt": os.urandom(2_000) for number in range(300)}
    remote = build_repo(tmp_path / "r.git", [Commit(files), Commit({"a": "a"})], branches={"dev": [Commit({"b": "b"})]})
    expected = sync(remote, tmp_path / "whole").refs
    for number in range(14):
        folder = tmp_path / "m"
        _sync_in_child(remote, folder, delay=0.004 * number)
        _check_state(folder)
        if number % 3 == 2:
            state = sync(remote, folder)
            assert (state.status, state.refs) == (Status.OK, expected)
            assert sorted(path.name for path in folder.iterdir()) == ["repo.git", "state.json"]
            expected = {**expected, "refs/heads/main": grow(remote, Commit())}
    assert sync(remote, tmp_path / "m").refs == expected


@pytest.mark.parametrize("before", ["nothing", "the same", "another"])
def test_killed_between_any_two_steps_the_next_sync_goes_on(before: str, tmp_path: Path) -> None:
    """The same for every write of our own: before each of them, what is on disk is whole or not read."""
    remote = build_repo(tmp_path / "r.git", [Commit({"a": "a"}), Commit({"a": "b"})])
    other = build_repo(tmp_path / "o.git", [Commit({"other": "o"})])
    steps = 0
    while True:
        folder = tmp_path / f"m{steps}"
        if before != "nothing":
            sync(other if before == "another" else remote, folder)
            grow(remote, Commit())
        survived = _sync_in_child(remote, folder, steps=steps)
        _check_state(folder)
        assert sync(remote, folder).head == run_git(remote.path, "rev-parse", "main").decode().strip()
        if survived:
            break
        steps += 1
    assert steps >= (4 if before == "the same" else 5)


def _check_state(folder: Path) -> None:
    """If there is a state, all that it promises is there."""
    state = load_state(folder)
    for sha in state.refs.values() if state else ():
        run_git(folder / "repo.git", "rev-list", "--objects", "--quiet", sha)


def _sync_in_child(remote: Repo, folder: Path, *, delay: float | None = None, steps: int | None = None) -> bool:
    """Sync in a process that is killed after a time, or before its n-th write; whether it came to its end."""
    child = os.fork()
    if child == 0:
        try:
            with pytest.MonkeyPatch.context() as patch:
                if steps is not None:
                    _kill_before_step(patch, steps)
                sync(remote, folder)
        finally:
            os._exit(0)
    if delay is not None:
        time.sleep(delay)
        os.kill(child, signal.SIGKILL)
    return os.waitpid(child, 0)[1] == 0


def _kill_before_step(patch: pytest.MonkeyPatch, steps: int) -> None:
    left = [steps]

    def wrap(owner: object, name: str) -> None:
        real = getattr(owner, name)

        def step(*args: object, **options: object) -> object:
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            left[0] -= 1
            return real(*args, **options)

        patch.setattr(owner, name, step)

    for owner, name in ((Path, "rename"), (Path, "replace"), (Path, "unlink"), (Path, "write_text"), (os, "fsync")):
        wrap(owner, name)


def test_what_a_killed_git_left_is_cleared(remote: Repo, tmp_path: Path) -> None:
    """Its locks do not stop the next sync, and its half packs do not stay."""
    sync(remote, tmp_path / "m")
    mirror = tmp_path / "m" / "repo.git"
    left = [mirror / name for name in ("packed-refs.lock", "refs/heads/main.lock", "objects/pack/tmp_pack_x")]
    for path in left:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    packs = set((mirror / "objects" / "pack").glob("*.pack"))
    tip = grow(remote, Commit())

    state = sync(remote, tmp_path / "m")

    assert (state.head, state.problem) == (tip, None)
    assert packs <= set((mirror / "objects" / "pack").glob("*.pack"))
    assert not [path for path in left if path.exists()]


@pytest.fixture
def daemon(remote: Repo) -> Iterator[str]:
    """A git daemon that serves the remote; its URL."""
    with serve_git(remote.path.parent) as port:
        yield f"git://127.0.0.1:{port}"


def test_a_git_server_is_mirrored_in_part(daemon: str, remote: Repo, tmp_path: Path) -> None:
    """Over a real protocol too, large blobs stay away; another path there is said to be gone or private."""
    state = sync(f"{daemon}/remote.git", tmp_path / "m", allow_protocols=("git",), blob_limit=10_000)
    assert state.head == remote.head
    missing = run_git(tmp_path / "m" / "repo.git", "rev-list", "--objects", "--all", "--missing=print").decode()
    assert len(re.findall(r"^\?", missing, re.MULTILINE)) == 1

    gone = sync(f"{daemon}/gone.git", tmp_path / "n", allow_protocols=("git",))
    assert (gone.status, "private" in (gone.problem or "")) == (Status.UNREACHABLE, True)


@pytest.mark.parametrize("end", ["\u2028", "\u0085"])
def test_a_branch_whose_name_holds_a_line_end_writes_nowhere_else(remote: Repo, tmp_path: Path, end: str) -> None:
    """Git takes what Unicode calls line ends for letters; a name that goes on like a path is still one name."""
    victim = tmp_path / "victim"
    victim.write_text("precious")
    names = [f"refs/heads/a{end}{victim}", f"refs/heads/main{end}x", f"refs/tags/v{end}{victim}"]
    for name in names:
        run_git(remote.path, "update-ref", name, remote.branches["dev"][-1])
    sync(remote, tmp_path / "m")
    for name in names:
        run_git(remote.path, "update-ref", name, remote.head)

    state = sync(remote, tmp_path / "m")

    assert victim.read_text() == "precious"
    assert (state.problem, state.head, state.refs) == (None, remote.head, LocalRefs(tmp_path / "m" / "repo.git").refs())
    assert set(names) < set(state.refs)


def test_a_state_with_anything_but_commits_is_not_read(remote: Repo, tmp_path: Path) -> None:
    """A sha becomes part of a path."""
    state = sync(remote, tmp_path / "m")
    path = tmp_path / "m" / "state.json"
    path.write_text(path.read_text().replace(f'"refs/heads/dev": "{state.refs["refs/heads/dev"]}"', '"x": "/etc/x"'))

    assert load_state(tmp_path / "m") is None
    with pytest.raises(MirrorError, match="no commit"):
        LocalRefs(tmp_path / "m" / "repo.git").keep(["/etc/x"])


def test_branches_that_are_all_gone_keep_the_last_good_state(remote: Repo, tmp_path: Path) -> None:
    """A tag that is left is no branch: what was handed in is still there."""
    before = sync(remote, tmp_path / "m")
    for name in ("main", "dev"):
        run_git(remote.path, "update-ref", "-d", f"refs/heads/{name}")

    state = sync(remote, tmp_path / "m")

    assert (state.status, state.head) == (Status.OK, before.head)
    assert "no branch any more" in (state.problem or "")

"""Pictures above the blob limit: found in the tree, fetched within bounds, read for pages."""

import errno
import json
import logging
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from harvester.beside import load_beside
from harvester.facts import collect_facts
from harvester.mirrors import SyncOptions, blobs, fetch_figures, load_state, sync_mirror
from harvester.mirrors.chosen import save_chosen
from harvester.mirrors.failures import Failure, SyncFailedError
from harvester.mirrors.state import save_state
from harvester.models.course import Course
from harvester.models.github import GitHubFacts, Push, PushLog, PushLogFact
from harvester.models.group import Group
from harvester.models.mirror import Chosen, HeadSeen, MirrorState
from harvester.models.people import People
from harvester.models.status import Status
from harvester.snapshot import find_missing_pictures, take_snapshot
from harvester.syncing import sync_group
from tests.support.repos import Commit, Content, Repo, build_repo, run_git
from tests.support.snapshots import make_tree

OPTIONS = SyncOptions(allow_protocols=("file",), blob_limit=10_000, timeout=60, sleep=lambda seconds: None)


def picture(size: int = 30_000) -> bytes:
    """Something that starts like a PNG and cannot be packed smaller."""
    return b"\x89PNG\r\n\x1a\n" + os.urandom(size)


def mirror(folder: Path, *commits: dict[str, Content]) -> tuple[Repo, MirrorState]:
    """A repository of such commits, and its synced mirror in `folder/m`."""
    repo = build_repo(folder / "remote.git", [Commit(files) for files in commits])
    return repo, sync_mirror(repo.url, folder / "m", OPTIONS)


def missing(folder: Path, state: MirrorState, deadline: datetime | None = None) -> list[str]:
    """The paths of what would be fetched."""
    oids = find_missing_pictures(folder / "m", state, deadline=deadline)
    lines = run_git(folder / "remote.git", "rev-list", "--objects", "--all").decode().splitlines()
    names = dict(line.split(" ", 1) for line in lines if " " in line)
    return [names[oid] for oid in oids]


def test_what_a_report_may_show_is_missing(tmp_path: Path) -> None:
    """What a Markdown file names comes first, wherever it lies; data sets and what is there already are left alone."""
    _, state = mirror(
        tmp_path,
        {
            "reports/README.md": "![a](figures/big.png) ![b](../odd/My%20Plot.PNG) <img src='../data/sample.jpg'>",
            "reports/figures/big.png": picture(),
            "reports/figures/small.png": b"small",
            "reports/figures/unused.webp": picture(),
            "odd/My Plot.PNG": picture(),
            "odd/other.png": picture(),
            "data/sample.jpg": picture(),
            "data/images/cat.png": picture(),
            "docs/diagram.gif": picture(),
            "screen.jpeg": picture(),
            "model.bin": picture(),
        },
    )

    assert missing(tmp_path, state) == [
        *("data/sample.jpg", "odd/My Plot.PNG", "reports/figures/big.png"),
        *("reports/figures/unused.webp", "docs/diagram.gif", "screen.jpeg"),
    ]


def test_pictures_of_the_deadline_are_missing_too(tmp_path: Path) -> None:
    """The commit at the deadline and the head are looked at: either may be graded."""
    _, state = mirror(tmp_path, {"reports/old.png": picture()}, {"reports/old.png": None, "reports/new.png": picture()})

    assert missing(tmp_path, state) == ["reports/new.png"]
    deadline = datetime.fromisoformat("2026-01-05T09:30:00+01:00")
    assert missing(tmp_path, state, deadline) == ["reports/new.png", "reports/old.png"]


def test_only_so_many_pictures_are_asked_for(tmp_path: Path) -> None:
    """A folder of a thousand images is no report."""
    _, state = mirror(tmp_path, {f"images/{number}.png": picture(12_000) for number in range(70)})

    assert len(missing(tmp_path, state)) == 60


def test_notebooks_that_are_large_for_their_outputs_are_missing_too(tmp_path: Path) -> None:
    """Pictures come first; of notebooks, so many, those nearest to the root before the others."""
    book = {f"notebooks/{number:02}.ipynb": picture() for number in range(12)}
    _, state = mirror(
        tmp_path, {"reports/a.png": picture(), "b.ipynb": picture(), "x/.ipynb_checkpoints/c.ipynb": picture(), **book}
    )

    assert missing(tmp_path, state) == ["reports/a.png", "b.ipynb", *sorted(book)[:9]]


def test_a_fetched_notebook_is_read_as_code(tmp_path: Path) -> None:
    output = {"data": {"image/png": "A" * 2_000_000}}
    cell = {"cell_type": "code", "outputs": [output], "source": ["import wandb\n", "wandb.init()\n", "wandb.log({})"]}
    _, state = mirror(tmp_path, {"a.ipynb": json.dumps({"cells": [cell]}, indent=1)})
    before = take_snapshot(tmp_path / "m", state)
    oids = find_missing_pictures(tmp_path / "m", state, deadline=None)
    after = fetch_figures(tmp_path / "m", state, "key", oids, OPTIONS)
    facts = collect_facts(take_snapshot(tmp_path / "m", after), None, People())

    assert [file.path for file in collect_facts(before, None, People()).unread] == ["a.ipynb"]
    assert [call.name for call in facts.python["a.ipynb"].calls] == ["wandb.init", "wandb.log"]
    line = facts.calls["wandb.log"][0][1].line
    assert "wandb.log" in facts.tree.lines("a.ipynb")[line - 1]
    assert max(map(len, facts.tree.lines("a.ipynb"))) <= 2_000


def test_fetched_pictures_are_shown(tmp_path: Path) -> None:
    """They can be read as figures though not as texts; everything else that is large stays away."""
    shot = picture(2_000_000)
    repo, state = mirror(tmp_path, {"reports/shot.png": shot, "model.bin": picture()})
    oids = find_missing_pictures(tmp_path / "m", state, deadline=None)
    after = fetch_figures(tmp_path / "m", state, "key", oids, OPTIONS)
    tree = take_snapshot(tmp_path / "m", after).tree

    assert after == load_state(tmp_path / "m") == state.model_copy(update={"figures_for": "key"})
    assert tree.figure("reports/shot.png") == shot
    assert tree.read("reports/shot.png") is None
    assert tree.figure("model.bin") is None
    assert "remote" not in (tmp_path / "m" / "repo.git" / "config").read_text()
    assert find_missing_pictures(tmp_path / "m", state, deadline=None) == ()
    assert sync_mirror(repo.url, tmp_path / "m", OPTIONS).figures_for == "key"


def test_figures_have_a_limit_of_their_own() -> None:
    """Links and giants are no figures."""
    tree = make_tree({"a.png": b"x" * 2_000, "b.png": b"x" * 20_000_001}, limit=1_000)

    assert tree.figure("a.png") == b"x" * 2_000
    assert tree.figure("b.png") is None
    assert tree.figure("c.png") is None


def test_a_large_figure_is_read_once_while_there_is_room() -> None:
    """The report's reader and the page both look at it."""
    tree = make_tree({name: name.encode() * 3_000_000 for name in ("a.png", "b.png")}, limit=1_000)
    read: list[str] = []

    def count(oids: Iterable[str]) -> Mapping[str, bytes | None]:
        wanted = list(oids)
        read.extend(wanted)
        return tree.reader(wanted)

    counted = replace(tree, reader=count)
    for path in ("a.png", "a.png", "b.png", "b.png", "a.png"):
        assert counted.figure(path) == path.encode() * 3_000_000

    assert [oid == tree.entries["a.png"].oid for oid in read] == [True, False, True]


def test_what_is_too_much_is_left_out_and_the_rest_comes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One giant among the pictures is found by halving, and costs no more than the bound."""
    sizes = {"a": 40_000, "b": 40_000, "giant": 3_000_000, "c": 40_000}
    repo, state = mirror(tmp_path, {f"reports/{name}.png": picture(size) for name, size in sizes.items()})
    monkeypatch.setattr(blobs, "_MOST_EACH", 200_000)
    calls: list[int] = []
    real = blobs.Remote.fetch_blobs

    def slow(self: blobs.Remote, repository: Path, oids: Sequence[str], most: int) -> bool:
        """As a slow network would: what is above the bound is seen on its way."""
        total = sum(int(run_git(repo.path, "cat-file", "-s", oid)) for oid in oids)
        calls.append(total)
        return total <= most - blobs.pack_size(repository) and real(self, repository, oids, most)

    monkeypatch.setattr(blobs.Remote, "fetch_blobs", slow)
    oids = find_missing_pictures(tmp_path / "m", state, deadline=None)
    after = fetch_figures(tmp_path / "m", state, "key", oids, OPTIONS)

    tree = take_snapshot(tmp_path / "m", after).tree
    assert {path for path in tree.entries if tree.figure(path) is None} == {"reports/giant.png"}
    assert after.figures_for == "key"
    assert len(calls) == 5


def test_growth_ends_a_fetch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """git is ended while the mirror grows beyond the bound, and leaves nothing half-written."""
    _, state = mirror(tmp_path, {"reports/giant.png": picture()})
    packs = tmp_path / "m" / "repo.git" / "objects" / "pack"
    program = tmp_path / "bin" / "git"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\ntruncate -s 400000000 {packs}/tmp_pack_x\nsleep 60\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    begun = time.monotonic()

    assert fetch_figures(tmp_path / "m", state, "key", ["1" * 40, "2" * 40], OPTIONS).figures_for == "key"
    assert time.monotonic() - begun < 20
    assert not list(packs.glob("tmp_*"))


@pytest.mark.parametrize("transient", [True, False])
def test_a_failure_is_no_fault_of_the_group(transient: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that refuses is asked once for a head; a network that fails is asked again by the next sync."""
    _, state = mirror(tmp_path, {"reports/shot.png": picture()})
    failure = SyncFailedError(Failure(Status.UNREACHABLE, "No.", transient=transient))

    def fail(*args: object) -> bool:
        raise failure

    monkeypatch.setattr(blobs.Remote, "fetch_blobs", fail)
    after = fetch_figures(tmp_path / "m", state, "key", ["1" * 40], OPTIONS)

    assert (after.status, after.problem) == (Status.OK, None)
    assert after.figures_for == ("" if transient else "key")


def test_a_full_disk_is_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """By the group's folder; the next sync tries again."""
    _, state = mirror(tmp_path, {"reports/shot.png": picture()})

    def fail(*args: object) -> bool:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(blobs.Remote, "fetch_blobs", fail)
    with caplog.at_level(logging.WARNING, blobs.__name__):
        assert fetch_figures(tmp_path / "m", state, "key", ["1" * 40], OPTIONS) == state
    said = f"{tmp_path / 'm'}: large pictures of the report were not fetched. The disk is full."
    assert [record.getMessage() for record in caplog.records] == [said]


def test_an_interrupted_fetch_is_not_remembered(tmp_path: Path) -> None:
    """The next sync goes on."""
    _, state = mirror(tmp_path, {"reports/shot.png": picture()})
    oids = find_missing_pictures(tmp_path / "m", state, deadline=None)

    assert fetch_figures(tmp_path / "m", state, "key", oids, replace(OPTIONS, stop=lambda: True)) == state


def test_a_blob_that_no_server_has_stops_nothing(tmp_path: Path) -> None:
    """It is given up for this head."""
    _, state = mirror(tmp_path, {"a.txt": "x"})

    assert fetch_figures(tmp_path / "m", state, "key", ["1" * 40], OPTIONS).figures_for == "key"


def test_each_head_is_looked_through_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unchanged sync costs nothing more; a new head does."""
    repo = build_repo(tmp_path / "remote.git", [Commit({"reports/one.png": picture(1_200_000)})])
    course = Course(
        name="X",
        roster=tmp_path,
        template="x",
        allow_protocols=("file",),
        output=tmp_path,
        mirrors=tmp_path / "mirrors",
    )
    group = Group(id="1", repo_url=repo.url)
    asked: list[int] = []
    real = find_missing_pictures

    def find(*args: Any, **options: Any) -> tuple[str, ...]:
        found = real(*args, **options)
        asked.append(len(found))
        return found

    monkeypatch.setattr("harvester.snapshot.find_missing_pictures", find)
    states = [sync_group(group, course, None, lambda: False) for _ in range(2)]
    tree = run_git(repo.path, "rev-parse", "main^{tree}").decode().strip()
    sha = run_git(repo.path, "commit-tree", tree, "-p", "main", "-m", "more").decode().strip()
    run_git(repo.path, "update-ref", "refs/heads/main", sha)
    states.append(sync_group(group, course, None, lambda: False))

    assert asked == [1, 0]
    assert [state.figures_for for state in states] == [repo.head, repo.head, sha]


@pytest.mark.parametrize("way", ["chosen", "push_log", "seen"])
def test_pictures_of_whatever_is_graded_are_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    """Not only what commit dates give: what staff chose, what the push log shows and what syncs saw, too."""
    dated = datetime.fromisoformat("2026-01-20T10:00:00+00:00")
    texts = {"reports/README.md": "![a](one.png)"}
    commits = [Commit(texts | {"reports/one.png": picture(1_200_000)}) for _ in range(3)]
    repo = build_repo(tmp_path / "remote.git", commits)
    first = run_git(repo.path, "rev-parse", "main~1").decode().strip()
    moment = datetime.fromisoformat("2026-01-21T10:00:00+00:00")
    course = Course(
        name="X",
        roster=tmp_path,
        template="x",
        allow_protocols=("file",),
        output=tmp_path,
        mirrors=tmp_path / "mirrors",
        deadline=moment,
    )
    group = Group(id="1", repo_url=repo.url)
    folder = course.mirrors / group.folder
    state = sync_group(group, course, None, lambda: False)
    if way == "chosen":
        save_chosen(folder, Chosen(commit=first, made_at=moment))
    elif way == "push_log":
        push = Push(at=dated, before="0" * 40, after=first, ref="refs/heads/main", kind="push")
        fact = PushLogFact(value=PushLog(branch="main", pushes=(push,)), taken_at=moment)
        facts = GitHubFacts(repo_url=repo.url, asked_at=moment, push_log=fact)
        (folder / "github.json").write_text(facts.model_dump_json())
        monkeypatch.setattr("harvester.syncing.sync_facts", lambda *_: None)
    else:
        seen = HeadSeen(sha=first, first=dated, last=moment + timedelta(hours=1))
        save_state(folder, state.model_copy(update={"heads": (seen, *state.heads)}))

    state = sync_group(group, course, None, lambda: False)

    beside = load_beside(folder, repo.url)
    pushes = beside.github.push_log.value if beside.github else None
    chosen = beside.chosen.commit if beside.chosen else None
    snapshot = take_snapshot(folder, state, deadline=moment, pushes=pushes, choose=chosen)
    assert snapshot.sha == first
    assert snapshot.tree.figure("reports/one.png") is not None

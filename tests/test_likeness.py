"""Likeness: what two groups share is listed, what the course or everybody has is not, and nobody's record knows."""

import csv
import json
import random
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.comparison import compare_class
from harvester.likeness import Compared, collect_prints, find_likeness
from harvester.likeness.matching import match_passages
from harvester.likeness.prints import MEASURES, hash_runs, make_prints, token_spans, token_texts, winnow
from harvester.likeness.tokens import word_texts
from harvester.models.course import Likeness as Settings
from harvester.models.group import Group, Roster
from harvester.models.likeness import Likeness, Passage, PassageKind, Prints
from harvester.opened import OpenedCourse
from harvester.outputs.anonymous_key import open_key
from harvester.outputs.pages import render_likeness
from harvester.outputs.record_file import write_record
from tests.support.courses import make_rules
from tests.support.facts import facts_of
from tests.support.records import make_record
from tests.support.reports import TEMPLATES, read_text

WORDS = ("bed", "bean", "soil", "rake", "moss", "fern", "root", "seed", "leaf", "rain", "frost", "clay", "sand", "worm")

CODE = '''
def grow(beds, days=30):
    """Let the beds grow."""
    heights = {bed: 0.0 for bed in beds}
    for day in range(days):
        rain = max(0.0, weather.sample(day).rain_mm)
        for bed, height in sorted(heights.items()):
            heights[bed] = height + 0.12 * rain * bed.soil.fertility
            if heights[bed] > bed.limit:
                logger.warning("bed %s is full", bed)
                heights[bed] = bed.limit
    return pd.DataFrame(heights.items(), columns=["bed", "height"]).set_index("bed")
'''
RENAMED = """
def swim(pools, laps=30):
    # each pool on its own
    depths = {pool: 0.0 for pool in pools}

    for lap in range(laps):
        wave = max(0.0, forecast.sample(lap).rain_mm)
        for pool, depth in sorted(depths.items()):
            depths[pool] = depth + 0.12 * wave * pool.soil.fertility
            if depths[pool] > pool.limit:
                log.warning('no more room in %s', pool)
                depths[pool] = pool.limit
    return frames.DataFrame(depths.items(), columns=["pool", "depth"]).set_index("pool")
"""
OTHER = """
def plan(year, crops):
    order = []
    while crops:
        crop = crops.pop()
        if crop.season == year % 4 and not crop.perennial:
            order.append((crop.name.lower(), crop.weeks))
        elif len(order) > 12:
            raise ValueError(f"too many crops in {year}")
    with open("plan.txt", "w") as file:
        file.writelines(f"{name}: {weeks}\\n" for name, weeks in order)
    return tuple(order)
"""


def prose(seed: int, words: int = 60) -> str:
    """Sentences that no other seed has."""
    chance = random.Random(seed)
    return " ".join(f"{chance.choice(WORDS)}{chance.randrange(50)}" for _ in range(words))


def answer_of(text: str) -> Passage:
    return Passage(kind=PassageKind.ANSWER, name="3. Plants", text=text, prints=make_prints(PassageKind.ANSWER, text))


def code_of(text: str) -> Passage:
    return Passage(kind=PassageKind.CODE, name="f", path="a.py", text=text, prints=make_prints(PassageKind.CODE, text))


def group_of(name: str, *passages: Passage, repo_url: str = "") -> Prints:
    return Prints(group=name, repo_url=repo_url, passages=passages)


def compare(*groups: Prints, earlier: Sequence[Prints] = ()) -> Likeness:
    everyone = [*groups, *earlier]
    load = everyone.__getitem__
    return find_likeness(Compared(len(everyone), len(groups), load, load, lambda at: "old" * (at >= len(groups))))


def pairs(likeness: Likeness) -> list[tuple[str, str]]:
    return [(lead.left, lead.right) for lead in likeness.leads]


def test_a_function_with_other_names_is_the_same() -> None:
    """Names, comments, strings and layout change nothing; the shared text is marked on both sides."""
    found = compare(group_of("1", code_of(CODE)), group_of("2", code_of(RENAMED)), group_of("3", code_of(OTHER)))

    assert pairs(found) == [("1", "2")]
    match = found.leads[0].matches[0]
    assert match.share > 0.9
    for side, text, token in ((match.left, CODE, "0.12 * rain"), (match.right, RENAMED, "0.12 * wave")):
        assert "".join(piece.text for piece in side.pieces) == text
        assert token in "".join(piece.text for piece in side.pieces if piece.shared)


def test_answers_share_a_passage_inside_other_words() -> None:
    """Two copied sentences in two answers of their own are found, and only they are marked."""
    shared = prose(1, 40)
    found = compare(
        group_of("1", answer_of(f"{prose(2)} {shared} {prose(3)}")),
        group_of("2", answer_of(f"{shared.upper()}\n\n{prose(4)}")),
        group_of("3", answer_of(prose(5))),
    )

    assert pairs(found) == [("1", "2")]
    pieces = found.leads[0].matches[0].left.pieces
    assert "".join(piece.text for piece in pieces if piece.shared) == shared
    assert found.leads[0].matches[0].shared == 40


def test_a_few_words_are_no_lead() -> None:
    """A sentence that anybody may write is not listed."""
    sentence = "we used docker for the training and the api of our project and it worked"
    found = compare(
        group_of("1", answer_of(f"{prose(1)} {sentence}")), group_of("2", answer_of(f"{sentence} {prose(2)}"))
    )

    assert found.leads == ()


def test_what_many_groups_have_is_nobodys() -> None:
    """A text that four groups share is the course's; what two of them share beside it is not."""
    course, own = prose(1), prose(2)
    groups = [group_of(str(number), answer_of(f"{course} {prose(10 + number)}")) for number in range(4)]
    copied = [group_of(name, answer_of(f"{course} {prose(place)} {own}")) for place, name in enumerate("ab", 20)]
    found = compare(*groups, *copied)

    assert pairs(found) == [("a", "b")]
    assert "".join(piece.text for piece in found.leads[0].matches[0].left.pieces if piece.shared) == own


def test_strongest_first() -> None:
    """The two groups that share most come first."""
    small, large = prose(1, 30), prose(2, 90)
    found = compare(
        group_of("1", answer_of(small)),
        group_of("2", answer_of(small)),
        group_of("3", answer_of(large)),
        group_of("4", answer_of(large)),
    )

    assert pairs(found) == [("3", "4"), ("1", "2")]


def test_earlier_groups_are_compared_with_ours_only() -> None:
    """Two earlier groups are no lead, nor is a group's own earlier hand-in."""
    text = prose(1)
    ours = [group_of("1", answer_of(text)), group_of("2", answer_of(prose(2)), repo_url="https://example.org/a/b")]
    theirs = [
        group_of("old", answer_of(text)),
        group_of("older", answer_of(prose(3))),
        group_of("oldest", answer_of(prose(3))),
        group_of("same", answer_of(prose(2)), repo_url="https://example.org/a/b"),
    ]
    found = compare(*ours, earlier=theirs)

    assert pairs(found) == [("1", "old")]
    assert (found.groups, found.earlier) == (2, 4)
    assert found.leads[0].harvest == "old"


def test_groups_without_fingerprints_are_left_out() -> None:
    """No group, and groups that were not graded, give no leads and no fault."""
    assert find_likeness(Compared(0, 0, lambda _: None, lambda _: group_of(""))) == Likeness()
    assert find_likeness(Compared(3, 3, lambda _: None, lambda _: group_of(""))).groups == 0
    assert compare(group_of("1"), group_of("2")).leads == ()


def test_collects_what_is_the_groups_own() -> None:
    """Answers without the template's words; functions of the package and tests, none of exercises or libraries."""
    mine = prose(1, 40)
    report = read_text(
        "# Report on your garden\n\n## Growing\n\n### Question 3\n\n"
        "> **Which plants did you grow and why did you choose them?**\n\n"
        f"Answer:\n\nWhich plants did you grow and why did you choose them? {mine}\n"
    )
    facts = facts_of(
        {
            "src/garden/grow.py": CODE,
            "tests/test_grow.py": OTHER,
            "src/garden/stub.py": "def later(a, b):\n    ...\n",
            "exercise_files/copied.py": CODE,
            "node_modules/other.py": CODE,
            "reports/README.md": "x",
        }
    )
    prints = collect_prints("1", "https://example.org/a/b", facts, report, TEMPLATES)

    assert [(one.kind, one.path) for one in prints.passages] == [
        (PassageKind.ANSWER, "reports/README.md"),
        (PassageKind.CODE, "src/garden/grow.py"),
        (PassageKind.CODE, "tests/test_grow.py"),
    ]
    assert mine in prints.passages[0].text
    assert "Which plants" not in prints.passages[0].text
    assert prints.passages[1].line == 2
    assert prints.web_url == f"https://github.com/example/project/blob/{facts.sha}"


def test_what_is_collected_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a repository holds, its fingerprints are a small file."""
    monkeypatch.setattr("harvester.likeness.collecting._MOST_PASSAGES", 5)
    monkeypatch.setattr("harvester.likeness.collecting._MOST_TEXT", 3 * len(CODE))
    files = {f"src/a/m{number}.py": CODE.replace("grow", f"grow{number}") for number in range(9)}
    small = facts_of(dict.fromkeys(files, "def f(a):\n    return a\n"))

    assert len(collect_prints("1", "", facts_of(files), None, ()).passages) == 3
    assert collect_prints("1", "", small, None, ()).passages == ()


@pytest.mark.parametrize(
    "text", ["(" * 12_000, "](" * 6_000, "'''" + '"""' * 4_000, "\\" * 12_000, "a" * 12_000, "f'" * 6_000]
)
def test_hostile_text_takes_no_time(text: str) -> None:
    """Tokens are read in one go, whatever there is."""
    for kind in PassageKind:
        make_prints(kind, text)


@given(st.text(max_size=600), st.text(max_size=600))
def test_any_text_can_be_compared(one: str, other: str) -> None:
    """The pieces of a match are the whole text, and tokens stand where they say."""
    for kind, make in ((PassageKind.ANSWER, answer_of), (PassageKind.CODE, code_of)):
        spans = token_spans(kind, one)
        assert len(spans) == len(token_texts(kind, one))
        assert all(0 <= start < end <= len(one) for start, end in spans)
        assert spans == sorted(spans)
        left = make(f"{one}\n{CODE}\n{prose(1)}")
        match = match_passages(left, make(f"{CODE}\n{prose(1)}\n{other}"), frozenset(), (group_of("1"), group_of("2")))
        if match:
            assert "".join(piece.text for piece in match.left.pieces) == left.text


@given(st.lists(st.integers(0, 30), min_size=0, max_size=80), st.integers(1, 9))
def test_every_window_keeps_a_print(hashes: list[int], window: int) -> None:
    """The promise of winnowing: whatever run is shared over a whole window shares a print."""
    kept = winnow(hashes, window)
    assert all(hashes[place] == value for place, value in kept.items())
    assert all(kept.keys() & set(range(start, start + window)) for start in range(len(hashes) - window + 1))
    assert bool(kept) == bool(hashes)


def test_a_run_counts_from_its_length() -> None:
    """One token less than a run has no hash."""
    run = MEASURES[PassageKind.ANSWER].run
    words = word_texts(prose(1, run))
    assert len(hash_runs(words, run)) == 1
    assert hash_runs(words[1:], run) == []


def test_page_says_who_and_what() -> None:
    """Both texts with marks, links to both groups, nothing of theirs active."""
    evil = f"<script>alert(1)</script> {prose(1)}"
    page = render_likeness(
        compare(group_of("1", answer_of(evil)), group_of("<b>2", answer_of(evil))), folders={"1": "1", "<b>2": "b2"}
    )

    assert 'href="groups/1/handin.html"' in page
    assert 'href="groups/b2/handin.html"' in page
    assert "<script>alert" not in page
    assert "<b>2" not in page
    assert page.count("<mark>") >= 2
    assert "No two groups share" in render_likeness(Likeness(), folders={})


@pytest.fixture
def course(tmp_path: Path) -> OpenedCourse:
    """Three harvested groups in a folder, of which 1 and 2 share a function."""
    rules = make_rules(tmp_path)
    groups = tuple(Group(id=name, repo_url=f"https://example.org/a/{name}") for name in "123")
    for group, code in zip(groups, (CODE, RENAMED, OTHER), strict=True):
        folder = rules.course.output / "groups" / group.folder
        folder.mkdir(parents=True)
        (folder / ".likeness.json").write_text(group_of(group.id, code_of(code)).model_dump_json())
    return OpenedCourse(tmp_path / "course.yaml", rules, Roster(groups=groups, sha256=""))


def changed(course: OpenedCourse, **update: object) -> OpenedCourse:
    """The course with other settings."""
    rules = course.rules
    settings = rules.course.model_copy(update=update)
    return OpenedCourse(course.file, type(rules)(settings, rules.templates, rules.checks, rules.sha256), course.roster)


def test_a_class_is_compared(course: OpenedCourse) -> None:
    """Page and table are written, and the leads are counted in a sentence."""
    out = course.course.output
    leads, sentences = compare_class(course, None)

    assert leads == 1
    assert sentences[0].startswith("1 lead in likeness.html")
    with (out / "likeness.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["group"], row["other_group"], row["kind"]) for row in rows] == [("1", "2", "code")]
    assert compare_class(changed(course, likeness=Settings(enabled=False)), None) == (None, ())
    assert not (out / "likeness.html").exists()
    assert not (out / "likeness.csv").exists()


def test_earlier_harvests_are_an_option(course: OpenedCourse, tmp_path: Path) -> None:
    """A group of last year that has our function is a lead; a folder without harvests is said."""
    old = tmp_path / "mlops-2025" / "out"
    shutil.copytree(course.course.output / "groups" / "1", old / "groups" / "9")
    (course.course.output / "groups" / "1" / ".likeness.json").unlink()
    leads, sentences = compare_class(changed(course, likeness=Settings(earlier=(old, tmp_path / "none"))), None)

    assert leads == 1
    assert "none holds no fingerprints" in sentences[0]
    assert "mlops-2025/out" in (course.course.output / "likeness.html").read_text(encoding="utf-8")


def test_anonymous_leads_name_nobody(course: OpenedCourse, tmp_path: Path) -> None:
    """Groups go by their pseudonyms, and members' names in the code are masked."""
    out = course.course.output
    record = make_record("1")
    name = next(member.name for member in record.group.members if member.name)
    for group in ("1", "2"):
        write_record(
            record.model_copy(update={"group": record.group.model_copy(update={"id": group})}),
            out / "groups" / group / "harvest.json",
        )
    code = CODE.replace("    heights = ", f"    # {name}\n    heights = ", 1)
    (out / "groups" / "1" / ".likeness.json").write_text(group_of("1", code_of(code)).model_dump_json())
    key = open_key(tmp_path / "key.json", ["1", "2", "3"])
    leads, _ = compare_class(course, key)
    page = (out / "likeness.html").read_text(encoding="utf-8")

    assert leads == 1
    assert name not in page
    assert f"groups/{key.group('1')}/handin.html" in page
    assert "example.org" not in page


def test_nothing_is_compared_but_what_the_roster_names(course: OpenedCourse) -> None:
    """A damaged file and a group that left the course are no fault."""
    out = course.course.output
    shutil.copytree(out / "groups" / "1", out / "groups" / "gone")
    (out / "groups" / "3" / ".likeness.json").write_text("{")

    assert compare_class(course, None)[0] == 1
    assert json.loads((out / "groups" / "gone" / ".likeness.json").read_text())["group"] == "1"

"""Who is behind the names of a history."""

import time
from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.models.group import Member
from harvester.models.people import People
from harvester.models.snapshot import Commit, History, Person
from harvester.people import resolve_people
from harvester.people.names import fold, is_bot, read_identity, spells
from tests.support.repos import START

Pair = tuple[str, str]


def make_history(people: Sequence[Pair], *, coauthors: Sequence[Pair] = (), shallow: bool = False) -> History:
    """One commit per person, an hour apart, the newest first; the last one has the co-authors."""
    commits = []
    for number, pair in enumerate(people):
        when = START + timedelta(hours=number)
        helpers = tuple(Person(*helper) for helper in coauthors) if number == len(people) - 1 else ()
        person = Person(*pair)
        commits.append(Commit(f"{number:040x}", (), person, when, when, "Work", helpers, ((f"{number}.py", 3, 1),)))
    return History(tuple(reversed(commits)), shallow=shallow)


def resolve(*people: Pair, members: Sequence[Member] = (), **options: object) -> People:
    """The people of one commit per pair."""
    return resolve_people(make_history(people), members, (), **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "people",
    [
        [("Ada Sample", "ada@example.org"), ("adas", "ada@example.org")],
        [("Ada Sample", "ada@example.org"), ("ADA SAMPLE", "Ada@Example.org")],
        [("Ada Sample", "ada@example.org"), ("Sample Ada", "other@example.net")],
        [("Ada Sample", "ada@example.org"), ("AdaSample", "1234+AdaSample@users.noreply.github.com")],
        [("Ada Sample", "1234+adas@users.noreply.github.com"), ("adas", "mail@example.net")],
        [("Ada", "1234+adas@users.noreply.github.com"), ("New", "1234+renamed@users.noreply.github.com")],
        [("Ada", "s000001@student.dtu.dk"), ("Captain Nickname", "S000001@dtu.dk")],
        [("s000001", "ada@example.org"), ("Ada Sample", "77+s000001@users.noreply.github.com")],
        [("Asbjørn Møller", "a@example.org"), ("Asbjorn Moeller", "b@example.org")],
        [("Ada Sample", "a@example.org"), ("Ada Middle Sample", "b@example.org")],
        [("Ada Sample-Larsen", "a@example.org"), ("Ada Sample", "b@example.org")],
        [("Ada Sample", "a@example.org"), ("asample", "b@example.org")],
        [("Ada Sample", "a@example.org"), ("builder", "ada.sample77@example.org")],
        [("Ada Sample", "a@example.org"), ("Ada", "ada@ada-laptop.local")],
        [("Ada Sample (Sampler)", "a@example.org"), ("Sampler", "b@example.org")],
        [("LAPTOP\\ada", "https://sampler@github.com"), ("A", "12+sampler@users.noreply.github.com")],
        [("Ada Von Sample", "a@example.org"), ("Adelheid Von Sample", "12+adavs@users.noreply.github.com")],
        [("Ada", "s000001@dtu.dk"), ("AdaSample", "12+AdaSample@users.noreply.github.com")],
        [("Ada Sample", "a@example.org"), ("nick", "samplesampleada@example.org")],
        [("Sampletown", "ada11@example.org"), ("Ada", "9+4Sampletown2@users.noreply.github.com")],
        [("Adalyn", "lyn@example.org"), ("Adalyn99", "5+Adalyn99@users.noreply.github.com")],
        [("AdaATUni", "adas@uni.example"), ("Ada", "9+adasUNI@users.noreply.github.com")],
        [("unknown", "ada.sample@example.org"), ("asample", "9+asample@users.noreply.github.com")],
        [("Ada - SampleTown", "a@example.org"), ("SampleTown", "9+SampleTown@users.noreply.github.com")],
    ],
    ids=lambda people: f"{people[0][0]}-{people[1][0]}",
)
def test_one_person_under_two_names(people: list[Pair]) -> None:
    """The ways in which one person comes to two names, among others who stay themselves."""
    others = [("Bo Other", "bo@example.net"), ("clara99", "clara99@example.com")]

    found = resolve(*people, *others)

    assert found.distinct == 3
    assert sorted(entry.commits for entry in found.contributions) == [1, 1, 2]


@pytest.mark.parametrize(
    "people",
    [
        [("Ada Sample", "ada@example.org"), ("Ada Other", "ada@example.net")],
        [("Ada Sample", "a@example.org"), ("Bo Sample", "b@example.org")],
        [("Ada Sample", "s000001@dtu.dk"), ("Ada Sample", "s000002@dtu.dk")],
        [("Jon Asmussen", "s000001@dtu.dk"), ("jonas", "s000002@dtu.dk")],
        [("sample", "1+ada-sample@users.noreply.github.com"), ("Bo Sample", "2+bo-sample@users.noreply.github.com")],
        [("Ada", "ada.sample@example.org"), ("Ada Other", "ada.other@example.org")],
        [("Anna Sample", "1+asample@users.noreply.github.com"), ("Asta Sample", "2+as@users.noreply.github.com")],
        [("Ada", "1+firstada@users.noreply.github.com"), ("Ada Sample", "2+sampler@users.noreply.github.com")],
        [("Adalyn", "lyn@example.org"), ("Adalyn99", "adalyn99@example.net")],
        [("Adal", "9+adal@users.noreply.github.com"), ("Adalyn99", "5+Adalyn99@users.noreply.github.com")],
        [("Ada Sample", "adas@uni.example"), ("Bo Other", "9+adasuni@users.noreply.github.com")],
        [("unknown", "ada.sample@example.org"), ("bsample", "9+bsample@users.noreply.github.com")],
        [("root", "root@one.local"), ("Ada Sample", "ada@example.org"), ("Bo Other", "bo@example.org")],
    ],
    ids=lambda people: f"{people[0][0]}-{people[1][0]}",
)
def test_two_people_stay_two(people: list[Pair]) -> None:
    """What looks alike and is not, and a machine's user who is nobody."""
    assert resolve(*people).distinct == 2


def test_a_first_name_with_digits_that_fits_two_goes_to_neither() -> None:
    """Also where one of the two is known by the first name alone elsewhere."""
    people = [("Jonas", "jonas.hansen@example.org"), ("Jonas Hansen", "jonas.hansen@example.org")]
    others = [("Jonas Petersen", "jp@example.org"), ("jonas99", "123+jonas99@users.noreply.github.com")]

    assert resolve(*people, *others).distinct == 3


def test_a_mail_with_its_host_spells_nobody() -> None:
    """`anna@me.example` is no Anna Meyer."""
    annas = [("Anna Jensen", "aj@example.org"), ("Anna Meyer", "am@example.org"), ("anna", "anna@me.example")]

    assert resolve(*annas).distinct == 3


def test_a_first_name_that_fits_two_goes_to_neither() -> None:
    """Between two Adas, nobody can tell."""
    found = resolve(("Ada Sample", "a@example.org"), ("Ada Other", "b@example.org"), ("Ada", "c@example.org"))

    assert found.distinct == 3


@pytest.mark.parametrize(
    ("name", "email"),
    [
        ("dependabot[bot]", "49699333+dependabot[bot]@users.noreply.github.com"),
        ("github-actions", "github-actions@github.com"),
        ("Copilot", "198982749+Copilot@users.noreply.github.com"),
        ("pre-commit-ci[bot]", "x@users.noreply.github.com"),
        ("GitHub Actions Bot", "actions@github.com"),
        ("ci", "actions@github.com"),
        ("ci", "github-actions@github.com"),
        ("CI Bot", "github-actions@users.noreply.github.com"),
        ("actions-user", "65916846+actions-user@users.noreply.github.com"),
        ("Renovate", "bot@renovateapp.com"),
        ("Claude", "noreply@anthropic.com"),
        ("Claude Opus 4", "claude@example.org"),
        ("Cursor Agent", "cursoragent@cursor.com"),
        ("group-pr-bot", "x@example.org"),
        ("GitHub", "noreply@github.com"),
    ],
)
def test_programs_are_not_people(name: str, email: str) -> None:
    """Apps, services and coding agents count nowhere, as authors or co-authors."""
    person = ("Ada Sample", "ada@example.org")
    found = resolve_people(make_history([(name, email), person], coauthors=[(name, email)]), (), ())

    assert (found.distinct, found.names) == (1, ("Ada Sample",))


@pytest.mark.parametrize(
    ("name", "email"),
    [("Claude Martin", "c@example.org"), ("Claude", "claude@example.org"), ("Jan Bot", "j@example.org")],
)
def test_people_with_such_names_are_people(name: str, email: str) -> None:
    """A first name is no agent."""
    assert not is_bot(name, email)


def test_staff_and_template_authors_are_left_out() -> None:
    """By name, mail or login, under all the names that are theirs."""
    people = [
        ("Ada Sample", "ada@example.org"),
        ("Tea Cher", "tea@example.edu"),
        ("teacher", "tea@example.edu"),
        ("Helper", "5+helping-hand@users.noreply.github.com"),
        ("SkafteNicki", "somebody@example.org"),
    ]

    assert resolve(*people, staff=("tea@example.edu", "helping-hand")).names == ("Ada Sample",)


def test_members_are_known_by_number_name_and_login() -> None:
    """What the roster and the report know ties a person to a member; others are listed as unknown."""
    members = [Member(id="s000001"), Member(id="s000002", name="Bo Other"), Member(id="s000003", github="clara-c")]
    people = [
        ("Mystery", "who@example.org"),
        ("Ada", "s000001@student.dtu.dk"),
        ("bother", "bother@example.org"),
        ("Clara", "8+clara-c@users.noreply.github.com"),
        ("Dan", "s000004@dtu.dk"),
    ]

    found = resolve_people(make_history(people), members, ("s000001", "s000004"))

    assert [entry.member for entry in found.contributions] == ["s000001", "s000002", "s000003", "s000004", None]
    assert found.unknown == ("Mystery <who@example.org>",)
    assert [problem.code for problem in found.problems] == ["unknown_author"]


def test_aliases_of_the_course_decide() -> None:
    """What staff wrote down counts more than any likeness."""
    members = [Member(id="s000001"), Member(id="s000002")]
    people = [
        ("gamer", "gamer@example.org"),
        ("Ada", "s000001@dtu.dk"),
        ("shadow", "9+shadow@users.noreply.github.com"),
    ]

    found = resolve(*people, members=members, aliases={"s000001": ["gamer@example.org"], "s000002": ["shadow"]})

    assert [(entry.member, entry.commits) for entry in found.contributions] == [("s000001", 2), ("s000002", 1)]


def test_a_member_without_commits_is_said_only_when_it_is_sure() -> None:
    """Not while a name is left that could be theirs, nor where older commits are missing."""
    members = [Member(id="s000001"), Member(id="s000002")]
    ada, other = ("Ada", "s000001@dtu.dk"), ("other", "other@example.org")

    assert [p.code for p in resolve(ada, members=members).problems] == ["member_without_commits"]
    assert resolve(ada, other, members=members).problems == ()
    assert resolve_people(make_history([ada], shallow=True), members, ()).problems == ()


def test_contributions_add_up() -> None:
    """Commits, merges, lines, days and first and last, the co-author's share beside the author's."""
    ada, bo = Person("Ada Sample", "ada@example.org"), Person("Bo Other", "bo@example.org")
    days = [START, START + timedelta(days=1), START + timedelta(days=1, hours=2)]
    commits = (
        Commit("3" * 40, ("2" * 40, "1" * 40), ada, days[2], days[2], "Merge"),
        Commit("2" * 40, ("1" * 40,), ada, days[1], days[1], "Two", (bo, ada), (("a.py", 5, 2), ("b.py", 1, 0))),
        Commit("1" * 40, (), bo, days[0], days[0], "One", (), (("a.py", 9, 0),)),
    )

    found = resolve_people(History(commits), (), ())

    first, second = found.contributions
    assert (first.names, first.commits, first.merges, first.coauthored) == (("Ada Sample",), 2, 1, 0)
    assert (first.added, first.removed, first.active_days) == (6, 2, 1)
    assert (second.commits, second.coauthored, second.added, second.active_days) == (1, 1, 9, 2)
    assert second.by_day == (("2026-01-05", 1), ("2026-01-06", 1))
    assert (second.first, second.last) == (days[0].isoformat(), days[1].isoformat())
    assert found.commits == ("3" * 40, "2" * 40)


def test_coauthors_count_as_people() -> None:
    """Who only ever helped has written, too."""
    history = make_history([("Ada Sample", "ada@example.org")], coauthors=[("Bo Other", "bo@example.org")])

    assert resolve_people(history, (), ()).distinct == 2


def test_no_history_has_no_people() -> None:
    """And no fault of its own."""
    assert resolve_people(History(), (), ()) == People()


def test_a_thousand_names_are_bounded() -> None:
    """A hostile history costs little."""
    found = resolve(*((f"Name{n} Last{n}", f"m{n}@example.org") for n in range(1_000)))

    assert found.distinct == 1_000


@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=20)), max_size=8))
def test_any_names_are_resolved(people: list[Pair]) -> None:
    """Every commit belongs to exactly one person, bots aside."""
    found = resolve(*people)

    made = [pair for pair in people if not is_bot(*pair)]
    assert sum(entry.commits for entry in found.contributions) == len(made)
    assert found.distinct <= len(set(made))


@given(
    st.lists(st.sampled_from([("Ada Sample", "a@b.dk"), ("asample", "c@d.dk"), ("Bo", "s000001@dtu.dk"), ("x", "")]))
)
def test_the_order_of_commits_does_not_matter(people: list[Pair]) -> None:
    """The same names give the same number of persons."""
    assert resolve(*people).distinct == resolve(*reversed(people)).distinct


@pytest.mark.parametrize(
    ("handle", "fits"),
    [
        ("asample", True),
        ("adas", False),
        ("adasamp", True),
        ("sampleada", True),
        ("samples", False),
        ("bsample", False),
    ],
)
def test_user_names_that_spell_a_name(handle: str, fits: bool) -> None:
    """Beginnings of both names, and enough of them."""
    assert spells(handle, ("ada", "sample")) is fits


def test_letters_fold() -> None:
    """Danish and accented letters as they are written without them; a mail's words as a name."""
    assert fold("Åse Øgård Ćwik") == "ase ogard cwik"
    assert read_identity("x", "ada.sample@example.org").words == frozenset()
    assert read_identity("ada", "ada.sample@example.org").words == {"ada", "sample"}


def test_of_very_many_people_the_most_active_are_listed_and_all_are_counted() -> None:
    """A line for each would make a page of many megabytes; the rest is one line, and no sum changes by it."""
    people = [(f"Name{n} Sur{n}", f"n{n}@example.org") for n in range(300)]
    members = [Member(id="s000001", name="Ada Sample")]
    found = resolve(*people, ("Ada Sample", "s000001@example.org"), *people[:3], members=members)

    assert found.distinct == 301
    assert len(found.contributions) == 101 and len(found.names) == len(found.commits) == 100
    first, rest = found.contributions[0], found.contributions[-1]
    assert first.member == "s000001"
    assert {one.names[0] for one in found.contributions[1:4]} == {f"Name{n} Sur{n}" for n in range(3)}
    assert (rest.people, rest.commits, rest.added, rest.names, rest.member) == (201, 201, 603, (), None)
    assert sum(one.commits for one in found.contributions) == 304
    assert sum(one.people for one in found.contributions) == 301


def test_hundreds_of_thousands_of_coauthors_take_their_time_only() -> None:
    """Who wrote a commit is told from others; of who only helped, so many, and nobody is then said to be missing."""
    when = START
    people = [Person(f"Name{n} Sur{n}", f"n{n}@example.org") for n in range(2_000)]
    helpers = [[Person(f"C{n} {k}", f"c{n}.{k}@example.org") for k in range(50)] for n in range(2_000)]
    commits = [
        Commit(f"{n:040x}", (), person, when, when, "x", tuple(helpers[n]), ()) for n, person in enumerate(people)
    ]
    begun = time.process_time()
    found = resolve_people(History(tuple(commits)), [Member(id="s000001", name="Ada Sample")], ())
    assert time.process_time() - begun < 10
    assert found.distinct == 102_000
    assert sum(one.people for one in found.contributions) == 102_000
    assert sum(one.commits for one in found.contributions) == 2_000
    assert sum(one.coauthored for one in found.contributions) == 100_000
    assert "member_without_commits" not in [problem.code for problem in found.problems]

"""Rosters of every layout: each group once, and what is odd said by row."""

import hashlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harvester.errors import RosterError, UserError
from harvester.models.group import Roster
from harvester.roster import find_group, load_roster, select_groups
from tests.support.rosters import make_xlsx, make_zip

URL = "https://github.com/ada/"
HEADER = "group_nb,student 1,student 2,student 3,student 4,student 5,repo_url\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def load(folder: Path, content: str | bytes, name: str = "roster.csv") -> Roster:
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return load_roster(Path(name), folder)


def said(roster: Roster) -> list[tuple[int | None, str]]:
    """Row and code of each problem."""
    return [(problem.line, problem.code) for problem in roster.problems]


def table(roster: Roster) -> list[tuple[str, str | None, list[str]]]:
    """Id, URL and students of each group."""
    return [(group.id, group.repo_url, [member.id for member in group.members]) for group in roster.groups]


def test_the_course_own_columns(folder: Path) -> None:
    text = HEADER + f"3,s000001,s000002,,,,{URL}loom/\n1,s000003,,,,,git@github.com:ada/yarn.git\n"

    roster = load(folder, text)

    assert table(roster) == [
        ("3", f"{URL}loom", ["s000001", "s000002"]),
        ("1", f"{URL}yarn", ["s000003"]),
    ]
    assert roster.problems == ()
    assert roster.groups[0].written_url == f"{URL}loom/"
    assert [group.row for group in roster.groups] == [2, 3]
    assert roster.sha256 == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: text.encode(),
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.encode("cp1252"),
        lambda text: text.encode("utf-16"),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.replace(";", "\t").encode(),
        lambda text: text.replace(",", " ").replace(";", ",").encode(),
        lambda text: b"sep=;\n" + text.encode(),
    ],
    ids=["utf-8", "bom", "cp1252", "utf-16", "crlf", "tab", "comma", "sep line"],
)
def test_encodings_and_delimiters(folder: Path, encode: object) -> None:
    text = f"Gruppe;Gruppenavn;Studienummer 1;Studienummer 2;Repo-URL\n1;Tråd, Æble;s000001;s000002;{URL}loom\n"

    roster = load(folder, encode(text))  # type: ignore[operator]

    assert table(roster) == [("1", f"{URL}loom", ["s000001", "s000002"])]
    assert roster.groups[0].name.replace(",", "").split() == ["Tråd", "Æble"]


def test_xlsx_of_a_later_sheet_with_a_title_row(folder: Path) -> None:
    rows = [["Groups of June"], ["group_nb", "student 1", "repo_url"], [1, "s000001", URL + "loom"], [2.0, None, None]]

    roster = load(folder, make_xlsx([["notes"]], rows), "groups.xlsx")

    assert table(roster) == [("1", f"{URL}loom", ["s000001"]), ("2", None, [])]
    assert roster.groups[0].row == 3


def test_one_row_per_student(folder: Path) -> None:
    text = (
        "Team,Student ID,First name,Last name,GitHub username,Repository\n"
        f"Group 7,s000001,Ada,Loom,ada-l,{URL}loom\nGroup 7,s000002,Bo,Yarn,,\nGroup 8,s000003,Cy,Knot,,{URL}knot\n"
        ",s000004,Di,Spin,,\n"
    )

    roster = load(folder, text)

    assert table(roster) == [("7", f"{URL}loom", ["s000001", "s000002"]), ("8", f"{URL}knot", ["s000003"])]
    assert (roster.groups[0].name, roster.groups[0].members[0].name) == ("Group 7", "Ada Loom")
    assert roster.groups[0].members[0].github == "ada-l"
    assert [member.id for member in roster.unassigned] == ["s000004"]
    assert [(problem.line, problem.message) for problem in roster.problems] == [(5, "“s000004” is in no group.")]


@pytest.mark.parametrize("header", ["Matriculation number", "Matrikelnummer", "Matric no"])
def test_other_universities_words_for_a_student(folder: Path, header: str) -> None:
    roster = load(folder, f"Team,{header},E-mail,Repository\nA,1234567,ada@uni.example,{URL}loom\n")

    assert table(roster) == [("A", f"{URL}loom", ["1234567"])]


def test_students_of_one_repository_are_a_group_without_group_column(folder: Path) -> None:
    roster = load(folder, f"student,repo\ns000001,{URL}loom\ns000002,{URL}yarn\ns000003,{URL}loom\n")

    assert table(roster) == [("1", f"{URL}loom", ["s000001", "s000003"]), ("2", f"{URL}yarn", ["s000002"])]


def test_several_students_in_one_cell(folder: Path) -> None:
    roster = load(folder, f"group;members;link\nA;Ada L (s000001), #S000002;{URL}loom\nB;Bo Y (s000003);{URL}yarn\n")

    assert table(roster)[0][2] == ["s000001", "s000002"]
    assert roster.groups[1].members[0].name == "Bo Y"


@pytest.mark.parametrize("name", ["groups.txt", "groups.csv"])
def test_a_bare_list_of_addresses(folder: Path, name: str) -> None:
    roster = load(folder, f"# groups\n{URL}loom\n\ngithub.com/ada/yarn\nhttps://github.com/ada\n", name)

    assert [(group.id, group.repo_url, group.row) for group in roster.groups] == [
        ("1", f"{URL}loom", 2),
        ("2", f"{URL}yarn", 4),
        ("3", None, 5),
    ]
    assert "names an owner and no repository" in str(roster.groups[2].fault)


def test_rows_without_header(folder: Path) -> None:
    roster = load(folder, f"7,s000001,s000002,{URL}loom\n9,s000003,,{URL}yarn\n")

    assert table(roster) == [("7", f"{URL}loom", ["s000001", "s000002"]), ("9", f"{URL}yarn", ["s000003"])]


def test_what_is_odd_is_said_by_row(folder: Path) -> None:
    text = HEADER + "\n".join(
        [
            f"1,s000001,s000002,,,,{URL}loom",  # 2
            f"2,s000003,s00004,,,,{URL}yarn",  # 3
            "",  # 4
            f"2,s000005,,,,,{URL}knot",  # 5
            "3,s000001,,,,,",  # 6
            f"4,,,,,,{URL}LOOM.git",  # 7
            "5,s000006,,,,,No Link Found",  # 8
            "6,s000007,,,,,https://wandb.ai/ada/loom",  # 9
            f",s000008,,,,,{URL}spin",  # 10
            "8,s000009,,,,,https://x:hunter2@github.com/ada/felt",  # 11
            "",
            "",
        ]
    )

    roster = load(folder, text)

    assert said(roster) == [
        (3, "roster_odd_student"),
        (4, "roster_blank_row"),
        (5, "roster_duplicate_group"),
        (5, "roster_two_urls"),
        (6, "roster_no_url"),
        (6, "roster_student_twice"),
        (7, "roster_no_members"),
        (7, "roster_shared_repository"),
        (8, "roster_no_url"),
        (9, "roster_bad_url"),
        (10, "roster_no_group"),
        (11, "roster_credentials"),
    ]
    assert [group.id for group in roster.groups] == ["1", "2", "3", "4", "5", "6", "row 10", "8"]
    assert table(roster)[1] == ("2", f"{URL}yarn", ["s000003", "s00004", "s000005"])
    assert all((group.repo_url is None) == (group.fault is not None) for group in roster.groups)
    assert "hunter2" not in repr(roster)
    messages = {problem.code: problem.message for problem in roster.problems}
    assert messages["roster_shared_repository"] == (
        f"Group 1 (row 2) and group 4 (row 7) name one repository, {URL}LOOM."
    )
    assert messages["roster_student_twice"] == "Group 1 (row 2) and group 3 (row 6) both have “s000001”."


def test_several_addresses_in_one_cell_are_said_by_row(folder: Path) -> None:
    """One line each: which counts, or that none does; one repository written twice is no oddity."""
    cells = [
        f"{URL}loom and {URL}yarn",
        f"{URL}knot {URL}knot/tree/main",
        f"https://wandb.ai/ada/loom or {URL}spin",
        "https://x:hunter2@github.com/ada/felt git@github.com:ada/silk.git",
    ]
    rows = "".join(f"{i},{cell}\n" for i, cell in enumerate(cells, start=1))

    roster = load(folder, f"group_nb,repo_url\n{rows}")

    assert [group.repo_url for group in roster.groups] == [f"{URL}loom", f"{URL}knot", None, f"{URL}felt"]
    assert [(problem.line, problem.code) for problem in roster.problems] == [
        (2, "roster_two_urls"),
        (4, "roster_bad_url"),
        (5, "roster_credentials"),
        (5, "roster_two_urls"),
    ]
    messages = [problem.message for problem in roster.problems]
    assert messages[0] == f"Group 1 has several addresses in one cell; “{URL}loom” counts, “{URL}yarn” does not."
    assert messages[1].endswith(f"“{URL}spin” in the same cell does not count either.")
    assert "hunter2" not in repr(roster)


def test_a_slash_at_the_end_makes_no_other_repository(folder: Path) -> None:
    """Local addresses are kept as they are written."""
    (folder / "roster.csv").write_text("group_nb,repo_url\n1,file:///x/windmill/\n2,file:///x/windmill\n")

    roster = load_roster(Path("roster.csv"), folder, ["file"])

    assert said(roster) == [(3, "roster_shared_repository")]


def test_user_names_of_another_course_are_no_oddity(folder: Path) -> None:
    roster = load(folder, f"group,student 1,student 2,repo\n1,abcd,efgh,{URL}loom\n")

    assert table(roster)[0][2] == ["abcd", "efgh"]
    assert roster.problems == ()


def test_groups_never_share_a_folder(folder: Path) -> None:
    roster = load(folder, f"group,repo\na/b,{URL}loom\na b,{URL}yarn\nA_b,{URL}knot\nCON,{URL}spin\n")

    folders = [group.folder.casefold() for group in roster.groups]
    assert len(set(folders)) == 4
    assert said(roster) == [(3, "roster_alike_ids"), (4, "roster_alike_ids")]


def test_a_groups_name_turns_no_direction_and_holds_no_control_character(folder: Path) -> None:
    text = HEADER + f"loom \u202egnp \x9b2J,s000001,,,,,{URL}loom/\nyarn,s000002,,,,,{URL}yarn\n"
    assert [group.id for group in load(folder, text).groups] == ["loom gnp 2J", "yarn"]


def test_numbers_are_shortened_only_where_all_groups_are_called_alike(folder: Path) -> None:
    alike = load(folder, f"group,repo\nMLOPS 1,{URL}loom\nmlops 12,{URL}yarn\n")
    mixed = load(folder, f"group,repo\nA 1,{URL}loom\nB 1,{URL}yarn\n")

    assert [group.id for group in alike.groups] == ["1", "12"]
    assert [group.id for group in mixed.groups] == ["A 1", "B 1"]


def test_local_repositories_only_where_the_course_allows_them(folder: Path) -> None:
    (folder / "r.csv").write_text("group,repo\n1,file:///srv/loom.git\n")

    assert load_roster(Path("r.csv"), folder).groups[0].repo_url is None
    assert load_roster(Path("r.csv"), folder, ["file"]).groups[0].repo_url == "file:///srv/loom.git"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("name,age\nAda,7\n", "has no column of repository addresses (columns seen: “name”, “age”). Name the columns"),
        ("", "columns seen: none"),
        ("group_nb,repo_url\n", "names no group"),
        (b"PK\x03\x04 no zip", "is a damaged or encrypted workbook"),
        (b"\xd0\xcf\x11\xe0 old", "is an old or encrypted Excel file. Save it as .xlsx or .csv."),
        (b"x" * 10_000_001, "is larger than 10,000,000 bytes"),
        ("group,repo\n" + f"1,{URL}x\n" * 10_001, "has more than 10,000 rows"),
        ('group,repo\n1,"' + "x" * 200_000, "cannot be read as CSV"),
        (make_zip({"xl/workbook.xml": b"x" * 10_000_001}), "unpacks to more than 10,000,000 bytes"),
        (make_zip({"xl/workbook.xml": "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"}), "holds XML that no spreadsheet"),
        (make_zip({"hello.txt": "hello"}), "is a workbook that cannot be read"),
    ],
)
def test_a_roster_that_cannot_be_used_is_refused(folder: Path, content: str | bytes, words: str) -> None:
    with pytest.raises(RosterError) as caught:
        load(folder, content)
    assert words in str(caught.value)


def test_a_header_that_is_not_known_is_no_group(folder: Path) -> None:
    """In a workbook with empty columns, too; a group without an address in the first row is one."""
    rows = [["Foo", "Bar", "Baz", *[None] * 20], [1, "s000001", URL + "loom"], [2, "s000002", URL + "yarn"]]
    with pytest.raises(RosterError) as caught:
        load(folder, make_xlsx(rows), "r.xlsx")
    assert str(caught.value) == (
        "The roster r.xlsx has no column of repository addresses (row 1: “Foo”, “Bar”, “Baz”). "
        "Name the columns group_nb, student 1 … student 5, repo_url."
    )
    for first in ("3,s000001,", "The peas,s000001,"):
        assert [group.repo_url for group in load(folder, f"{first}\n4,s000002,{URL}loom\n").groups][1] == URL + "loom"


def test_what_stands_for_an_address_is_kept_without_the_cells_around_it(folder: Path) -> None:
    roster = load(folder, f"1,,{URL}loom,,\n2,,not yet,,,,,\n")
    assert [group.written_url for group in roster.groups] == [URL + "loom", "2 not yet"]


def test_a_sum_under_the_table_is_no_group(folder: Path) -> None:
    roster = load(folder, HEADER + f"1,s000001,,,,,{URL}loom\nTotal,1,,,,,\n")

    assert [group.id for group in roster.groups] == ["1"]
    assert said(roster) == [(3, "roster_blank_row")]
    assert [group.id for group in load(folder, HEADER + f"Total,s000001,,,,,{URL}loom\n").groups] == ["Total"]


def test_a_link_under_another_text_is_the_address(folder: Path) -> None:
    """In the column of addresses only: what a student's name leads to is nobody's repository."""
    rows = [
        ["group_nb", "student 1", "repo_url"],
        [1, "s000001", "link"],
        [2, "s000002", URL + "yarn"],
        [3, "s000003", ""],
    ]
    links = {"C2": URL + "loom", "B2": "https://people.example.org/1", "C3": URL + "other", "C4": URL + "rope"}
    roster = load(folder, make_xlsx(rows, links=links), "r.xlsx")

    assert table(roster) == [
        ("1", URL + "loom", ["s000001"]),
        ("2", URL + "yarn", ["s000002"]),
        ("3", URL + "rope", ["s000003"]),
    ]


def test_a_formula_that_links_is_the_address(folder: Path) -> None:
    """A script writes no value beside it, and a spreadsheet program the text that it shows."""
    rows = [
        ["group_nb", "student 1", "repo_url"],
        [1, "s000001", f'=HYPERLINK("{URL}loom", "our code")'],
        [2, "s000002", f'=HYPERLINK( "{URL}yarn")'],
        [3, "s000003", f'=CONCATENATE("{URL}", "rope")'],
    ]
    roster = load(folder, make_xlsx(rows), "r.xlsx")

    assert [(group.id, group.repo_url) for group in roster.groups] == [
        ("1", URL + "loom"),
        ("2", URL + "yarn"),
        ("3", None),
    ]


def test_a_missing_roster_is_said(folder: Path) -> None:
    with pytest.raises(RosterError, match=r"none.csv is not there. Check `roster` in course.yaml."):
        load_roster(Path("none.csv"), folder)


ROWS = st.lists(
    st.lists(
        st.sampled_from(["", "1", "2", "Group 1", "s000001", "x", URL + "loom", "git@github.com:a/b", '"', "\x00"])
    ),
    max_size=12,
).map(lambda rows: "\n".join(",".join(row) for row in rows))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=2_000)
@given(st.binary(max_size=400) | st.text(max_size=400).map(lambda text: text.encode("utf-8", "replace")) | ROWS.map(str.encode) | ROWS.map(lambda text: (HEADER + text).encode()) | st.binary(max_size=200).map(lambda data: b"PK\x03\x04" + data))  # fmt: skip  # noqa: E501
def test_any_bytes_give_a_roster_or_a_sentence(folder: Path, data: bytes) -> None:
    try:
        roster = load(folder, data)
    except RosterError as error:
        assert str(error)
        return
    folders = [group.folder.casefold() for group in roster.groups]
    assert folders
    assert len(set(folders)) == len(folders)
    assert all((group.repo_url is None) == bool(group.fault) for group in roster.groups)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=2_000, max_examples=60)
@given(at=st.integers(0, 5_000), data=st.binary(min_size=1, max_size=8))
def test_a_damaged_workbook_gives_a_roster_or_a_sentence(folder: Path, at: int, data: bytes) -> None:
    whole = make_xlsx([["group_nb", "student 1", "repo_url"], [1, "s000001", URL + "loom"]])
    at %= len(whole)
    try:
        assert load(folder, whole[:at] + data + whole[at + len(data) :], "r.xlsx").groups
    except RosterError as error:
        assert str(error)


def test_selecting_groups(folder: Path) -> None:
    roster = load(
        folder, "group,repo\n" + "".join(f"{name},{URL}{name}\n" for name in ("9", "3", "alpha", "7", "10-b"))
    )

    def ids(text: str) -> list[str]:
        return [group.id for group in select_groups(roster, text)]

    assert ids("3,7-9") == ["9", "3", "7"]
    assert ids(" ALPHA , 10-b") == ["alpha", "10-b"]
    assert ids("1-999999999") == ["9", "3", "7"]
    with pytest.raises(UserError) as caught:
        ids("3, 4, beta, 20-30")
    assert str(caught.value) == "The roster has no group “4”, “beta”, “20-30”. It has: 9, 3, alpha, 7, 10-b."
    with pytest.raises(UserError, match="No group is named"):
        ids(" , ")


def test_many_blank_rows_are_told_with_their_numbers(folder: Path) -> None:
    """And with no single row, as if it were that one."""
    roster = load(
        folder, "group,url,student\n" + "".join(f"{n},https://github.com/o/r{n},s{n:06d}\n,,\n" for n in range(1, 14))
    )
    (blank,) = (problem for problem in roster.problems if problem.code == "roster_blank_row")
    assert blank.message == "Rows that name no group were left out: 3, 5, 7, 9, 11, 13, 15, 17, 19, 21 and 2 more."
    assert blank.line is None


def test_a_group_whose_id_says_group_is_not_called_so_twice(folder: Path) -> None:
    roster = load(folder, "group,url,student\n7,https://github.com/o/r,s000001\nGroup 095,,s000002\n")
    assert [problem.message for problem in roster.problems] == ["Group 095 has no repository address."]


def test_a_group_is_found_as_people_write_it(folder: Path) -> None:
    """`Group 4` of the roster is group 4; a text that could be two groups is none."""
    roster = load(folder, "group,repo\n" + "".join(f"Group {name},{URL}{name}\n" for name in ("4", "12")))

    assert [find_group(roster, text).id for text in ("4", "04", "Group 4", "group 04", " GROUP  12 ")] == ["4"] * 4 + [
        "12"
    ]
    assert [group.id for group in select_groups(roster, "Group 4, 012")] == ["4", "12"]
    for text in ("5", "Group", "", "Groups 4", "4-12"):
        with pytest.raises(UserError, match=r"It has: 4, 12\."):
            find_group(roster, text)
    teams = load(folder, f"group,name,repo\nred,Peas,{URL}a\nblue,Peas,{URL}b\n04,Beans,{URL}c\n4,x,{URL}d\n")
    assert [find_group(teams, text).id for text in ("RED", "beans", "4", "04")] == ["red", "04", "4", "04"]
    for text in ("peas", "004"):
        with pytest.raises(UserError):
            find_group(teams, text)

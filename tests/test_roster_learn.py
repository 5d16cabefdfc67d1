"""The DTU Learn pair: a grade export and an assignment's zip."""

import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harvester.errors import RosterError
from harvester.models.course import LearnExport
from harvester.models.group import Roster
from harvester.roster import load_roster
from tests.support.rosters import PAGE, make_assignment, make_zip

URL = "https://github.com/ada/"
GRADES = """\
OrgDefinedId,Username,Last Name,First Name,Email,Project Groups,Project Points Grade,End-of-Line Indicator
#s000001,#s000001,Loom,Ada,ada@example.org,LOOM 2,,#
#s000002,#s000002,Yarn,Bo,,LOOM 10,,#
#s000003,#s000003,Ærlig,Åse,,LOOM 2,,#
#s000004,#s000004,Spin,Di,,,,#
#s000005,#s000005,Knot,Cy,,LOOM 3,,#
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def load(folder: Path, assignment: bytes, grades: str = GRADES) -> Roster:
    (folder / "grades.csv").write_text(grades, encoding="utf-8-sig")
    (folder / "links.zip").write_bytes(assignment)
    return load_roster(LearnExport(gradebook=Path("grades.csv"), assignment=Path("links.zip")), folder)


def test_groups_and_their_newest_link(folder: Path) -> None:
    roster = load(
        folder,
        make_assignment(
            {
                "11-22 - LOOM 2 - 9 January, 2031 1130 PM": f"{URL}oldest",
                "11-22 - LOOM 2 - 21 January, 2031 100 PM": f"{URL}loom/tree/main",
                "11-22 - LOOM 2 - 21 January, 2031 1230 AM": f"{URL}old",
                "11-23 - LOOM 10 - 20 januar, 2031 11.30": f"{URL}yarn.git",
                "11-24 - LOOM 77 - 20 January, 2031 1130 PM": f"{URL}stranger",
            }
        ),
    )

    assert [(group.id, group.name, group.repo_url) for group in roster.groups] == [
        ("2", "LOOM 2", f"{URL}loom"),
        ("3", "LOOM 3", None),
        ("10", "LOOM 10", f"{URL}yarn"),
    ]
    assert [(member.id, member.name) for member in roster.groups[0].members] == [
        ("s000001", "Ada Loom"),
        ("s000003", "Åse Ærlig"),
    ]
    assert [member.id for member in roster.unassigned] == ["s000004"]
    assert [problem.message for problem in roster.problems] == [
        "“s000004” is in no group.",
        "Group 3 has no repository address.",
        "links.zip holds a link of “LOOM 77”, a group without students.",
    ]


def test_a_link_without_anchor_and_a_last_hand_in_without_link(folder: Path) -> None:
    files = {
        "1-1 - LOOM 2 - 9 January, 2031 1130 PM/a.html": f"<p>Here: {URL}loom</p>",
        "1-1 - LOOM 2 - 19 January, 2031 1130 PM/a.html": "<p>Forgot to say hello</p>",
        "1-2 - LOOM 10 - 9 January, 2031 1130 PM/a.pdf": b"%PDF",
        "index.html": PAGE.format(f"{URL}index"),
        "../../1-3 - LOOM 3 - 9 January, 2031 1130 PM/a.html": PAGE.format(f"{URL}knot"),
    }

    roster = load(folder, make_zip(files))

    assert {group.id: group.repo_url for group in roster.groups} == {"2": f"{URL}loom", "3": f"{URL}knot", "10": None}
    assert not list(folder.parent.glob("1-3*"))


def test_a_page_larger_than_any_page_is_not_read_whole(folder: Path) -> None:
    page = "<p>" + " " * 60_000_000 + PAGE.format(f"{URL}loom")

    roster = load(folder, make_zip({"1-1 - LOOM 2 - 9 January, 2031 1130 PM/a.html": page}))

    assert roster.groups[0].repo_url is None


@pytest.mark.parametrize("data", [b"", b"no zip", b"PK\x03\x04 broken"])
def test_a_damaged_zip_is_said(folder: Path, data: bytes) -> None:
    with pytest.raises(RosterError, match=r"links.zip is no zip file that can be read. Download it again."):
        load(folder, data)


def test_an_export_without_groups_is_said(folder: Path) -> None:
    with pytest.raises(
        RosterError, match=r"no columns Username and Project Groups \(columns seen: “Username”, “Email”\)"
    ):
        load(folder, make_zip({}), "Username,Email\n#s000001,a@example.org\n")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=2_000)
@given(st.text(max_size=60), st.binary(max_size=300))
def test_any_folder_and_page_give_a_roster(folder: Path, name: str, page: bytes) -> None:
    path = folder / "any.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(zipfile.ZipInfo(f"1 - LOOM 2 - {name.replace(chr(0), '')}/x.html"), page)

    assert [group.id for group in load(folder, path.read_bytes()).groups] == ["2", "3", "10"]


def test_a_group_called_by_what_is_a_digit_and_no_number(folder: Path) -> None:
    roster = load(folder, make_zip({}), GRADES.replace("LOOM 10", "²"))

    assert [group.id for group in roster.groups] == ["LOOM 2", "LOOM 3", "²"]

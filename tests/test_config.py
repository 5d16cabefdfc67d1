"""course.yaml: what it gives, and what it says when something is wrong."""

import os
import pickle
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from harvester.config import course_yaml_example, json_schema, load_aliases, load_course
from harvester.config.yaml_files import read_yaml
from harvester.errors import ConfigError
from harvester.models.course import Course, LearnExport, size_in_bytes

SMALLEST = "name: Course, June 2031\nroster: groups.csv\ntemplate: dtu-02476\n"


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "course.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def message(path: Path) -> str:
    """What the user sees, without the folder."""
    with pytest.raises(ConfigError) as caught:
        load_course(path)
    return str(caught.value).replace(f"{path.parent}/", "")


def test_smallest_course(tmp_path: Path) -> None:
    course = load_course(write(tmp_path, SMALLEST))

    assert course.name == "Course, June 2031"
    assert course.roster == tmp_path / "groups.csv"
    assert (course.output, course.mirrors) == (tmp_path / "out", tmp_path / "mirrors")
    assert course.allow_protocols == ("https", "ssh")
    assert course.deadline is None
    assert not course.probe_links
    assert not course.anonymous


def test_paths_are_relative_to_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "courses" / "june"
    folder.mkdir(parents=True)
    text = SMALLEST.replace("groups.csv", "{gradebook: g.csv, assignment: /data/a.zip}")
    write(folder, text + "output: ../june-out\naliases: who.yaml\nlikeness: {earlier: [../may/out]}\n")
    monkeypatch.chdir(tmp_path)

    course = load_course(Path("courses/june/course.yaml"))

    assert course.roster == LearnExport(gradebook=folder / "g.csv", assignment=Path("/data/a.zip"))
    assert course.output == folder / "../june-out"
    assert course.aliases == folder / "who.yaml"
    assert course.likeness.earlier == (folder / "../may/out",)


@pytest.mark.parametrize(
    ("lines", "utc"),
    [
        ("deadline: 2031-01-23T23:59:00+01:00", datetime(2031, 1, 23, 22, 59, tzinfo=UTC)),
        ("deadline: 2031-01-23 23:59", datetime(2031, 1, 23, 22, 59, tzinfo=UTC)),
        ("deadline: 2031-06-23 23:59", datetime(2031, 6, 23, 21, 59, tzinfo=UTC)),
        ("deadline: '2031-01-23T23:59:00Z'", datetime(2031, 1, 23, 23, 59, tzinfo=UTC)),
        ("timezone: Asia/Tokyo\ndeadline: 2031-01-23 09:00", datetime(2031, 1, 23, 0, 0, tzinfo=UTC)),
    ],
)
def test_deadline_in_the_course_time_zone(tmp_path: Path, lines: str, utc: datetime) -> None:
    assert load_course(write(tmp_path, SMALLEST + lines)).deadline == utc


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name: a\n", "course.yaml: `roster` is missing.\ncourse.yaml: `template` is missing."),
        (SMALLEST + "dedline: x\n", "course.yaml, line 4: `dedline` is no known key (did you mean `deadline`?)."),
        (
            SMALLEST + "likeness:\n  enabled: true\n  earlyer: []\n",
            "course.yaml, line 6: `likeness.earlyer` is no known key (did you mean `earlier`?).",
        ),
        (
            "name: a\ntemplate: t\nroster:\n  gradebook: g.csv\n  assigment: a.zip\n",
            "course.yaml, line 3: `roster.assignment` is missing.\n"
            "course.yaml, line 5: `roster.assigment` is no known key (did you mean `assignment`?).",
        ),
        (
            SMALLEST + "deadline: tomorrow\n",
            "course.yaml, line 4: `deadline`: 'tomorrow' is not a time; write it as 2026-01-23T23:59:00+01:00.",
        ),
        (
            SMALLEST + "deadline: 2031-01-23\n",
            "course.yaml, line 4: `deadline`: 2031-01-23 has no time of day; write it as 2031-01-23T23:59:00.",
        ),
        (
            SMALLEST + "timezone: Europe/Kobenhavn\n",
            "course.yaml, line 4: `timezone`: no time zone is called 'Europe/Kobenhavn'; "
            "names look like Europe/Copenhagen.",
        ),
        (
            SMALLEST + "points: {items: {yarn: -2}}\n",
            "course.yaml, line 4: `points.items.yarn`: input should be greater than or equal to 0, not '-2'.",
        ),
        (SMALLEST + "jobs: many\n", "course.yaml, line 4: `jobs`: has to be a whole number, not 'many'."),
        (
            SMALLEST + "allow_protocols: [https, ext]\n",
            "course.yaml, line 4: `allow_protocols[1]`: input should be 'https', 'ssh', 'git' or 'file', not 'ext'.",
        ),
        (
            SMALLEST + "blob_limit: 1 MB\n",
            "course.yaml, line 4: `blob_limit`: '1 MB' is no size; write bytes, or a number with k, m or g, "
            "such as 1m.",
        ),
        (SMALLEST + "demote: {a: never}\n", "course.yaml, line 4: `demote.a`: input should be 'ask', not 'never'."),
        (SMALLEST + "expected_problems: 4\n", "course.yaml, line 4: `expected_problems`: has to be a list, not '4'."),
        (
            SMALLEST + "engine: cluster\n",
            "course.yaml, line 4: `engine`: 'cluster' is not local, dask or a scheduler's address "
            "such as tcp://host:8786.",
        ),
        (SMALLEST + "output: .\n", "course.yaml, line 4: `output` has to be a folder of its own, such as `out`."),
        (SMALLEST + "output: mirrors/x\n", "course.yaml, line 4: `output` has to lie outside of `mirrors`."),
        (SMALLEST + "name: b\n", "course.yaml, line 4: the key `name` stands twice. Keep one of the two."),
        (SMALLEST + "name: [1]\n", "course.yaml, line 4: the key `name` stands twice. Keep one of the two."),
        (
            SMALLEST + "allow_protocols: [ftp]\n",
            "course.yaml, line 4: `allow_protocols[0]`: input should be 'https', 'ssh', 'git' or 'file', not 'ftp'.",
        ),
        (SMALLEST + "allow_protocols: []\n", "course.yaml, line 4: `allow_protocols`: has to name at least one."),
        (SMALLEST + "jobs: [1\n", "course.yaml, line 5 is not YAML: expected ',' or ']', but got '<stream end>'."),
        (
            "name: Weaving: a course\n",
            "course.yaml, line 1 is not YAML: mapping values are not allowed here. "
            "Put text that holds a colon in quotes; lines of one level begin in one column.",
        ),
        (
            "points:\n    item: 1\n   question: 2\n",
            "course.yaml, line 3 is not YAML: expected <block end>, but found '<block mapping start>'. "
            "Lines of one level begin in one column.",
        ),
        (
            "points:\n\titem: 1\n",
            "course.yaml, line 2 is not YAML: found character '\\t' that cannot start any token. "
            "Indent with spaces, and put text that begins with a mark in quotes.",
        ),
        (
            "name: `a`\n",
            "course.yaml, line 1 is not YAML: found character '`' that cannot start any token. "
            "Indent with spaces, and put text that begins with a mark in quotes.",
        ),
        (
            "name: a\ntemplate: t\nroster: {gradebook: g.csv, assignment: a, b.zip}\n",
            "course.yaml, line 3: `roster.b.zip` is no known key (known: assignment, gradebook); "
            "put text that holds a comma in quotes.",
        ),
        ("- a\n", "course.yaml has to hold `key: value` lines."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(tmp_path: Path, text: str, expected: str) -> None:
    assert message(write(tmp_path, text)) == expected


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    assert message(tmp_path / "course.yaml") == "course.yaml is not there."


def test_more_than_five_errors_are_counted(tmp_path: Path) -> None:
    text = message(write(tmp_path, SMALLEST + "".join(f"unknown{i}: 1\n" for i in range(8))))

    assert text.count("is no known key") == 5
    assert text.endswith("course.yaml has 3 more such errors.")


@pytest.mark.parametrize(
    "text",
    [
        "b0: &b0 [1, 1]\n" + "".join(f"b{i}: &b{i} [{f'*b{i - 1}, ' * 8}]\n" for i in range(1, 9)),
        "a: &a [*a]\n",
        "a: " + "[" * 300 + "]" * 300,
        "a: " + "x" * 2_000_001,
        "a: !!python/name:os.system\n",
        "a: \x00\n",
    ],
    ids=["alias bomb", "endless alias", "deep", "large", "tag", "control character"],
)  # fmt: skip
def test_hostile_yaml_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError):
        read_yaml(write(tmp_path, text))


@pytest.mark.parametrize("number", ["1" * 100_000, "-" + "9" * 400, "0x" + "f" * 5_000])
def test_a_number_without_end_is_said(tmp_path: Path, number: str) -> None:
    text = message(write(tmp_path, SMALLEST + f"jobs: {number}\n"))

    line = len(SMALLEST.splitlines()) + 1
    assert text == f"course.yaml, line {line} is not YAML: a number of {len(number):,} characters."


def test_text_that_is_not_utf8_is_said(tmp_path: Path) -> None:
    path = tmp_path / "course.yaml"
    path.write_bytes("name: Forår\n".encode("cp1252"))

    assert message(path) == "course.yaml is not UTF-8 text (byte 9). Save it as UTF-8."


def test_yaml_is_version_1_2(tmp_path: Path) -> None:
    assert read_yaml(write(tmp_path, "on: yes\nwhen: 2031-01-23\n")) == {"on": "yes", "when": "2031-01-23"}


def test_group_ids_may_be_numbers(tmp_path: Path) -> None:
    course = load_course(write(tmp_path, SMALLEST + "expected_problems: [4, alpha]\n"))

    assert course.expected_problems == ("4", "alpha")


def test_a_course_can_be_sent_to_another_process(tmp_path: Path) -> None:
    course = load_course(write(tmp_path, SMALLEST + "deadline: 2031-01-23 23:59\n"))

    assert pickle.loads(pickle.dumps(course)) == course


def test_example_names_every_key_and_loads(tmp_path: Path) -> None:
    """With every comment mark taken away, each key of the model is set, and to a legal value."""
    text = course_yaml_example()
    load_course(write(tmp_path, text))
    text = text.partition("# ... or the two files")[0] + text.partition("a.zip\n")[2]
    data = read_yaml(write(tmp_path, re.sub(r"^#(?! \S)", "", text, flags=re.MULTILINE)))

    assert set(data) == set(Course.model_fields)
    load_course(tmp_path / "course.yaml")


def test_aliases(tmp_path: Path) -> None:
    (tmp_path / "who.yaml").write_text("s000001: [ada@example.org, Ada L]\ns000002: bo\n")
    course = load_course(write(tmp_path, SMALLEST + "aliases: who.yaml\n"))

    assert load_aliases(course) == {"s000001": ("ada@example.org", "Ada L"), "s000002": ("bo",)}
    (tmp_path / "who.yaml").write_text("s000001:\n  mail: ada@example.org\n")
    with pytest.raises(ConfigError, match="line 1: `s000001` has to be a list of names, mails and logins"):
        load_aliases(course)


@pytest.mark.parametrize("kind", ["course", "template", "checks", "family"])
def test_json_schema_describes_every_key(kind: str) -> None:
    schema = json_schema(kind)  # type: ignore[arg-type]

    assert schema["$schema"].endswith("2020-12/schema")
    if kind == "course":
        assert all("description" in value for value in schema["properties"].values())
        assert set(schema["required"]) == {"name", "roster", "template"}


@pytest.mark.parametrize(("size", "number"), [("1m", 1 << 20), ("500k", 500 << 10), ("2g", 2 << 30), ("17", 17)])
def test_sizes_count_as_git_does(size: str, number: int) -> None:
    assert size_in_bytes(size) == number


@pytest.mark.parametrize("key", ["roster", "output", "mirrors", "aliases"])
def test_a_home_that_nobody_has_is_said(tmp_path: Path, key: str) -> None:
    """A folder called `~` beside the file would be nobody's wish."""
    lines = {"name": "C", "roster": "r.csv", "template": "dtu-02476", key: "~no-such-user/x"}
    path = tmp_path / "course.yaml"
    path.write_text("".join(f"{name}: {value}\n" for name, value in lines.items()))

    with pytest.raises(ConfigError, match="No home folder is known for ~no-such-user"):
        load_course(path)


def test_a_folder_whose_name_is_no_text_is_said(tmp_path: Path) -> None:
    """Old disks have names in Latin-1, which no record can hold."""
    folder = tmp_path / os.fsdecode(b"kurs\xe6")
    folder.mkdir()
    (folder / "course.yaml").write_text("name: C\nroster: r.csv\ntemplate: dtu-02476\n")

    with pytest.raises(ConfigError, match="is not UTF-8"):
        load_course(folder / "course.yaml")

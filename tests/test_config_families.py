"""Families of templates and checks: built in, a course's own, and how they are tied."""

from pathlib import Path

import pytest

from harvester.config import (
    builtin_configs,
    config_sha256,
    count_questions,
    load_course,
    load_course_family,
    load_family,
    load_templates,
)
from harvester.config.families import UnknownFamilyError
from harvester.errors import ConfigError
from harvester.models.check import CheckSpec
from harvester.models.status import Trace

TEMPLATE = """\
id: {id}
family: {family}
title: A template
year: "{year}"
sections:
  - title: Week 1
    items:
      - {{check: {check}, text: Do it}}
questions:
  - {{number: 1, id: intro, title: Introduction, prompt: "Who are you?"}}
"""
CHECK = "  - {{id: {id}, title: {title}, trace: always, found: {{file_exists: {{paths: [a]}}}}}}\n"


@pytest.fixture
def configs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Built-in configurations of one invented family, with two generations and two checks."""
    folder = tmp_path / "configs"
    write(folder / "weaving.yaml", "title: Weaving\ntemplates: [templates/weaving-*.yaml]\nchecks: [checks/*.yaml]\n")
    write(folder / "demo.yaml", "name: not a family\nroster: r.csv\ntemplate: weaving\n")
    write_template(folder / "templates", "weaving-2031", year="2031")
    write_template(folder / "templates", "weaving-2030", year="2030", check="loom")
    write_checks(folder / "checks" / "craft.yaml", yarn="Spin yarn", loom="Build a loom")
    monkeypatch.setattr("harvester.config.families.builtin_configs", lambda: folder)
    return folder


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def write_template(folder: Path, name: str, family: str = "weaving", year: str = "2031", check: str = "yarn") -> Path:
    return write(folder / f"{name}.yaml", TEMPLATE.format(id=name, family=family, year=year, check=check))


def write_checks(path: Path, **titles: str) -> Path:
    return write(path, "checks:\n" + "".join(CHECK.format(id=key, title=title) for key, title in titles.items()))


def test_generations_come_oldest_first(configs: Path) -> None:
    family = load_family("weaving")

    assert [template.id for template in family.templates] == ["weaving-2030", "weaving-2031"]
    assert [check.id for check in family.checks] == ["yarn", "loom"]
    assert (family.title, family.checks[0].family, family.checks[0].source) == ("Weaving", "craft", "craft.yaml")


def test_years_are_one_order_however_they_are_written(configs: Path) -> None:
    write_template(configs / "templates", "weaving-old", year="29")
    write_template(configs / "templates", "weaving-32", year="32")

    templates = load_templates("weaving")
    assert [template.year for template in templates] == ["29", "30", "31", "32"]


@pytest.mark.parametrize("year", ["next", "2031/32", "1", "20310", "٣١"])
def test_a_year_that_is_none_is_said(configs: Path, year: str) -> None:
    write_template(configs / "templates", "weaving-2031", year=year)
    with pytest.raises(ConfigError, match=r"weaving-2031\.yaml, line \d+: `year`: has to be a year, such as '27'"):
        load_templates("weaving")


def test_an_id_that_is_none_is_said(configs: Path) -> None:
    write_checks(configs / "checks" / "craft.yaml", **{"Spin-Yarn": "Spin yarn"})
    with pytest.raises(
        ConfigError, match=r"`checks\[0\].id`: has to be of small letters, .* begin with a letter, not 'Spin-Yarn'\."
    ):
        load_family("weaving")


def test_a_bare_list_of_checks_is_told_its_key(configs: Path) -> None:
    write(configs / "checks" / "own.yaml", "- id: changelog\n  title: Keep a changelog\n")
    with pytest.raises(ConfigError, match=r"own.yaml has to hold `key: value` lines. Write `checks:` above the list."):
        load_family("weaving")


def test_unknown_family_names_the_nearest(configs: Path) -> None:
    with pytest.raises(UnknownFamilyError, match=r"'waeving' is no family .* \(did you mean `weaving`\?\)"):
        load_templates("waeving")
    with pytest.raises(UnknownFamilyError):
        load_templates("demo")


def test_untied_line_names_file_line_and_nearest_check(configs: Path) -> None:
    write_template(configs / "templates", "weaving-2032", check="yarm")

    with pytest.raises(ConfigError) as caught:
        load_family("weaving")
    assert str(caught.value).replace(f"{configs}/", "") == (
        "templates/weaving-2032.yaml, line 8: `sections[0].items[0].check` 'yarm' names no check "
        "(did you mean `yarn`?)."
    )


def test_an_id_stands_once(configs: Path) -> None:
    write_checks(configs / "checks" / "other.yaml", knot="Tie a knot", yarn="Again")

    with pytest.raises(
        ConfigError, match=r"other.yaml, line 3: `checks\[1\].id` `yarn` is taken: craft.yaml has it too"
    ):
        load_family("weaving")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "      - {check: yarn, text: Do it}\n",
            "      - {check: yarn, text: Do it}\n      - {check: yarn, text: Again}\n",
            "line 9: `sections[0].items[1].check` `yarn` stands twice, and marks are kept by it",
        ),
        (
            "      - {check: yarn, text: Do it}\n",
            "      - {check: yarn, text: Do it}\n      - {check: loom, text: do it.}\n",
            "line 9: `sections[0].items[1].text` says the same as another line",
        ),
        (
            "questions:\n",
            "questions:\n  - {number: 2, id: intro, title: Why, prompt: Why not}\n",
            "line 11: `questions[1].id` `intro` stands twice, and marks are kept by it",
        ),
        (
            "questions:\n",
            "questions:\n  - {number: 1, id: why, title: Why, prompt: Why not}\n",
            "line 11: `questions[1].number` 1 stands twice",
        ),
        ("text: Do it", 'text: "–"', "line 8: `sections[0].items[0].text`: has to hold a word"),
        ('prompt: "Who are you?"', 'prompt: ""', "`questions[0].prompt`: has to hold a word"),
        ("id: intro,", "id: in@ro,", "`questions[0].id`: has to be of small letters, digits and `_`"),
        ("id: intro,", "id: intro, kind: member,", "`questions[0].kind`: input should be 'prose', 'group_number' or"),
        (
            "id: intro,",
            "id: intro, limits: {min_words: -5},",
            "`questions[0].limits.min_words`: input should be greater than or equal to 0, not '-5'",
        ),
        (
            "id: intro,",
            "id: intro, limits: {min_words: 90, max_words: 20},",
            "`questions[0].limits`: no answer has at least 90 words and at most 20",
        ),
    ],
)
def test_a_template_that_cannot_be_read_one_way_is_said(configs: Path, old: str, new: str, expected: str) -> None:
    path = write_template(configs / "templates", "weaving-2031")
    text = path.read_text("utf-8")
    assert old in text
    write(path, text.replace(old, new))

    with pytest.raises(ConfigError) as caught:
        load_family("weaving")
    assert f"weaving-2031.yaml, {expected}" in str(caught.value).replace("line 10: `questions[0]", "`questions[0]")


def test_own_files_go_before_built_in_ones(configs: Path, tmp_path: Path) -> None:
    write_checks(tmp_path / "own-checks" / "mine.yaml", yarn="Spin it yourself")
    write_template(tmp_path / "own-templates", "weaving-2031", check="loom")

    family = load_family("weaving", tmp_path / "own-templates", tmp_path / "own-checks")

    assert {check.id: check.title for check in family.checks} == {"yarn": "Spin it yourself", "loom": "Build a loom"}
    assert [template.items[0][1].check for template in family.templates] == ["loom", "loom"]


def test_another_course_may_use_built_in_checks(configs: Path, tmp_path: Path) -> None:
    write_template(tmp_path / "t", "baking-2031", family="baking", check="loom")

    family = load_family("baking", tmp_path / "t")

    assert [check.id for check in family.checks] == ["loom"]


def test_a_course_names_only_known_ids(configs: Path, tmp_path: Path) -> None:
    text = "name: W\nroster: r.csv\ntemplate: weaving\n"
    for lines, expected in [
        ("demote: {yran: ask}", "line 4: `demote.yran` names no check of this course (did you mean `yarn`?)."),
        ("points: {items: {lom: 2}}", "`points.items.lom` names no check of this course (did you mean `loom`?)."),
        ("points: {questions: {outro: 2}}", "`points.questions.outro` names no question of this course"),
    ]:
        path = write(tmp_path / "course.yaml", text + lines)
        with pytest.raises(ConfigError) as caught:
            load_course_family(load_course(path), path)
        assert expected in str(caught.value)
    path = write(
        tmp_path / "course.yaml", text + "demote: {yarn: ask}\npoints: {items: {loom: 2}, questions: {intro: 1}}"
    )
    assert load_course_family(load_course(path), path).name == "weaving"


@pytest.mark.parametrize(
    ("lines", "points"),
    [
        ("", {"intro": 0, "who": 0}),
        ("points: {question: 3}\n", {"intro": 0, "who": 0}),
        ("points: {questions: {why: 5}}\n", {"intro": 0, "who": 0, "why": 5}),
        ("points: {questions: {who: 1}}\n", {"intro": 0, "who": 1}),
    ],
)
def test_who_a_group_is_gives_no_points(configs: Path, tmp_path: Path, lines: str, points: dict[str, float]) -> None:
    """Whatever a course calls these questions, unless it names them."""
    shape = write_template(configs / "templates", "weaving-2031")
    more = "".join(
        f"  - {{number: {number}, id: {key}, kind: {kind}, title: T, prompt: P {key}}}\n"
        for number, (key, kind) in enumerate((("who", "members"), ("why", "prose")), 2)
    )
    write(shape, shape.read_text("utf-8").replace("id: intro,", "id: intro, kind: group_number,") + more)
    path = write(tmp_path / "course.yaml", f"name: W\nroster: r.csv\ntemplate: weaving\n{lines}")

    course = load_course(path)
    course = count_questions(course, load_course_family(course, path))

    assert course.points.questions == points


def test_unknown_template_names_the_course_file(configs: Path, tmp_path: Path) -> None:
    path = write(tmp_path / "course.yaml", "name: W\nroster: r.csv\ntemplate: weavin\n")

    with pytest.raises(ConfigError, match=r"course.yaml, line 3: `template` 'weavin' is no family"):
        load_course_family(load_course(path), path)


def test_an_unknown_family_is_told_those_of_its_own_folder(configs: Path, tmp_path: Path) -> None:
    """Whoever names a new course one way in course.yaml and another way in the template reads the other way."""
    write_template(tmp_path / "own", "knots-2031", family="knot-tying")
    path = write(tmp_path / "course.yaml", "name: K\nroster: r.csv\ntemplate: knots\ntemplates: own\n")

    with pytest.raises(ConfigError) as caught:
        load_course_family(load_course(path), path)
    expected = "`template` 'knots' is no family of report templates (known: knot-tying, weaving)."
    assert str(caught.value).endswith(expected)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ("{any: []}", "`checks[0].found`: any has to be a list of rules"),
        ("{any: [{a: }, {not: {b: 3}}]}", "`checks[0].found`: any[1].not.b has to be the probe's arguments by name"),
        ("{a: {}, b: {}}", "`checks[0].found`: the rule has to be a mapping with one key"),
        ("yes", "`checks[0].found`: has to be `key: value` lines, not 'yes'"),
    ],
)
def test_a_crooked_rule_is_said(configs: Path, found: str, expected: str) -> None:
    write(configs / "checks" / "craft.yaml", f"checks:\n  - {{id: yarn, title: Y, trace: always, found: {found}}}\n")

    with pytest.raises(ConfigError) as caught:
        load_family("weaving")
    assert expected in str(caught.value)


def test_a_check_can_mean_something_else_in_a_year() -> None:
    check = CheckSpec.model_validate(
        {
            "id": "yarn",
            "title": "Spin yarn",
            "trace": "always",
            "found": {"file_exists": None},
            "partial": {"mentions": {"words": ["yarn"]}},
            "years": {"23": {"trace": "rarely", "partial": None}},
        }
    )

    assert check.found == {"file_exists": {}}
    assert (check.for_year("2023").trace, check.for_year("2023").partial) == (Trace.RARELY, None)
    assert check.for_year("2023").found == check.found
    assert check.for_year("2026") is check


@pytest.mark.parametrize("rules", [{}, {"unverifiable": True, "found": {"a": {}}}])
def test_a_check_decides_or_is_unverifiable(rules: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="unverifiable"):
        CheckSpec.model_validate({"id": "yarn", "title": "Y", "trace": "always", **rules})


def test_the_hash_changes_with_what_a_record_depends_on(configs: Path, tmp_path: Path) -> None:
    def digest(lines: str = "", aliases: str = "") -> str:
        write(tmp_path / "who.yaml", aliases)
        path = write(tmp_path / "c.yaml", f"name: W\nroster: r.csv\ntemplate: weaving\naliases: who.yaml\n{lines}")
        course = load_course(path)
        family = load_course_family(course, path)
        return config_sha256(course, family.templates, family.checks)

    base = digest()
    assert digest() == digest("jobs: 3\noutput: elsewhere\ntimeout: 9") == base
    assert digest("deadline: 2031-01-23T23:59:00+01:00") != base
    assert digest("demote: {yarn: ask}") != base
    assert digest(aliases="s000001: bo") != base
    write_checks(configs / "checks" / "craft.yaml", yarn="Spin more yarn", loom="Build a loom")
    assert digest() != base


def test_built_in_families_load() -> None:
    """Whatever is in configs/ is consistent."""
    names = [path.stem for path in builtin_configs().glob("*.yaml") if "roster:" not in path.read_text("utf-8")]

    assert "dtu-02476" in names
    for name in names:
        family = load_family(name)
        assert family.templates
        assert family.checks


def test_pictures_are_of_a_check_that_is_there(configs: Path, tmp_path: Path) -> None:
    rule = "{all: [{file_exists: {paths: [a]}}, {not: {shown: {check: yran}}}]}"
    text = f"checks:\n  - {{id: yarn, title: Y, trace: always, found: {rule}}}\n"
    write(tmp_path / "own-checks" / "mine.yaml", text)

    with pytest.raises(ConfigError) as caught:
        load_family("weaving", checks=tmp_path / "own-checks")
    expected = (
        "mine.yaml, line 2: `checks[0].found` asks for pictures of 'yran', which is no check (did you mean `yarn`?)."
    )
    assert str(caught.value).endswith(expected)


def test_a_courses_own_check_belongs_to_an_item(configs: Path, tmp_path: Path) -> None:
    """One with a slip in its id would be asked of nothing, and the built-in one would stay as it is."""
    write_checks(tmp_path / "own-checks" / "mine.yaml", yran="Spin it yourself")

    with pytest.raises(ConfigError, match=r"mine.yaml, line \d+: .*'yran' belongs to no item .*did you mean `yarn`"):
        load_family("weaving", checks=tmp_path / "own-checks")

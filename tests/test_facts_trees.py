"""YAML, TOML, JSON, INI as trees with lines; hostile ones end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.facts.trees import BrokenError, parse_ini, parse_json, parse_toml, parse_yaml


def test_yaml_is_1_2_and_knows_its_lines() -> None:
    tree = parse_yaml("on:\n  push:\nyes: no\nsteps:\n  - run: |\n      a\n      b\n    name: x\n  - 010\n")

    assert tree.get("on", "push").value is None
    assert tree.get("on", "push").line == 2
    assert tree.get("yes").text() == "no"
    assert (tree.get("steps", 0, "run").line, tree.get("steps", 0, "run").block) == (5, 6)
    assert tree.get("steps", 1).text() == "10"
    assert not tree.get("steps", 7, "run")


def test_paths_are_walked_in_order() -> None:
    assert [path for path, _ in parse_yaml("a:\n  b: [1, {c: 2}]\n").walk()] == [
        "",
        "a",
        "a.b",
        "a.b.0",
        "a.b.1",
        "a.b.1.c",
    ]


def test_merge_keys_and_anchors() -> None:
    tree = parse_yaml("base: &b {x: 1, y: 2}\nother:\n  <<: *b\n  y: 3\n")

    assert {key: part.value for key, part in tree.get("other").items()} == {"x": 1, "y": 3}


def test_several_documents_are_a_list() -> None:
    assert [part.get("kind").text() for part in parse_yaml("kind: A\n---\nkind: B\n").nodes()] == ["A", "B"]


def test_an_alias_bomb_is_broken() -> None:
    levels = "\n".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 12))

    with pytest.raises(BrokenError, match="more values"):
        parse_yaml(f"l0: &l0 [x]\n{levels}\n")


@pytest.mark.parametrize("text", ["a: [1\nb: 2\n", "a: b: c\n", "\ta: 1\n", "&a [*a]", "[" * 500])
def test_broken_yaml(text: str) -> None:
    with pytest.raises(BrokenError):
        parse_yaml(text)


@pytest.mark.parametrize("piece", ["[", "{a: ", "- ", "? ", "-\t"])
@pytest.mark.parametrize("count", [900, 30_000, 200_000])
def test_yaml_without_end_is_broken(piece: str, count: int) -> None:
    """However deep: no parser written in C, which overflows its stack, is given such a text."""
    with pytest.raises(BrokenError):
        parse_yaml(piece * count)


def test_toml_knows_its_lines() -> None:
    tree = parse_toml(
        '[project]\nname = "x"\ndependencies = [\n  "torch>=2",\n  # a comment\n  "wandb",\n]\n\n'
        "[tool.ruff]\nline-length = 120\n"
        '[[tool.uv.index]]\nname = "a"\n[[tool.uv.index]]\nname = "b"\n'
    )

    assert [part.line for part in tree.get("project", "dependencies").nodes()] == [4, 6]
    assert tree.get("tool", "ruff", "line-length").line == 10
    assert tree.get("tool", "uv", "index", 1, "name").line == 14


def test_json_knows_its_lines_and_allows_comments() -> None:
    tree = parse_json('{\n  "a": 1,\n  // why * / not\n  /* as *well* / */ \n  "b": {\n    "c": [1, 2],\n  }\n}\n')

    assert (tree.get("b", "c").line, tree.get("b", "c", 1).value) == (6, 2)
    with pytest.raises(BrokenError):
        parse_json('{"a": ')


def test_ini_keeps_continued_values() -> None:
    tree = parse_ini(
        "[tox]\n; no\n[testenv]\ncommands =\n    pytest\n    ruff check\n['remote \"x\"']\n    url = gs://b\n"
    )

    assert tree.get("testenv", "commands").text() == "pytest\nruff check"
    assert tree.get("testenv", "commands").block == 5
    assert tree.get("'remote \"x\"'", "url").text() == "gs://b"


def test_half_of_a_surrogate_pair_is_no_text_and_a_whole_one_is() -> None:
    assert parse_json('{"a": "\\ud83d\\ude00 \\ud83d!"}').get("a").text() == "\U0001f600 ?!"
    assert parse_yaml('a: "\\ud83d!"\n').get("a").text() == "\ufffd!"


@pytest.mark.parametrize("number", ["1" * 5_000, "-" + "1" * 5_000, "0x" + "f" * 5_000, "0b" + "1" * 50_000])
def test_a_number_that_python_does_not_write_as_text_breaks_its_file_alone(number: str) -> None:
    """Nothing of it is a `ValueError` of Python's own, neither when it is read nor when its text is asked for."""
    for parse, text in ((parse_toml, f"a = {number}\n"), (parse_json, f'{{"a": {number}}}')):
        with pytest.raises(BrokenError):
            parse(text)
    assert parse_yaml(f"a: {number}\n").get("a").text() == number


@given(st.text())
def test_any_text_is_a_tree_or_broken(text: str) -> None:
    for parse in (parse_yaml, parse_toml, parse_json, parse_ini):
        try:
            for _, node in parse(text).walk():
                assert node.line >= 0
        except BrokenError:
            pass

"""What makes a group's grading anew: fingerprints of what it depends on."""

from pathlib import Path

from harvester.beside import Beside
from harvester.keys import evidence_key, material_key
from harvester.models.group import Group
from tests.support.courses import CHECK, make_rules


def test_a_commit_that_was_fetched_later_is_something_new(tmp_path: Path) -> None:
    """It may be the one that is graded, though nothing else has changed."""
    rules, group = make_rules(tmp_path), Group(id="1", repo_url="https://example.org/a/b")
    kept = rules.course.mirrors / group.folder / "repo.git" / "refs" / "harvester" / "seen"
    before = material_key(rules, group, None, Beside())
    kept.mkdir(parents=True)
    (kept / ("1" * 40)).write_text("1" * 40)

    assert material_key(rules, group, None, Beside()) != before


def test_evidence_is_of_one_commit_and_one_rule() -> None:
    other = CHECK.model_copy(update={"title": "Another"})
    keys = {evidence_key("m", "a", CHECK), evidence_key("m", "b", CHECK), evidence_key("m", "a", other)}
    assert len(keys) == 3
    assert evidence_key("m", "a", CHECK) in keys

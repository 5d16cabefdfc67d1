"""The generated reference is up to date, and names everything."""

from pathlib import Path

from harvester.config import load_checks
from harvester.explain import reference_text
from harvester.probes.table import GENERAL, PROBES

REFERENCE = Path(__file__).parent.parent / "configs" / "REFERENCE.md"


def test_reference_is_not_stale() -> None:
    """`make reference` was run after the last change of a check or a probe."""
    assert REFERENCE.read_text(encoding="utf-8") == reference_text(), "run `make reference`"


def test_reference_names_every_check_and_probe() -> None:
    """Nothing that a course can use is left out."""
    text = reference_text()

    assert [spec.id for spec in load_checks("dtu-02476") if f"### `{spec.id}`" not in text] == []
    assert [name for name in PROBES if f"### `{name}(" not in text] == []


def test_reference_tells_whoever_writes_a_check_what_may_stand_in_a_rule() -> None:
    """How rules are put together, which words an argument takes, and which probes are not of one course alone."""
    rules, general, others = reference_text().partition("## Rules")[2].partition("## Problems")[0].split("\n## ")

    words = "`all`", "`any`", "`not`", "`because`", "notebook", "cloudbuild"
    assert [word for word in words if word not in rules] == []
    assert [probe.__name__ for probe in GENERAL if f"### `{probe.__name__}(" not in general] == []
    assert "### `image_built(" not in others
    assert "### `drift_computed(" in others


def test_every_probe_says_what_it_does() -> None:
    """A probe's docstring is its manual page."""
    assert [name for name, probe in PROBES.items() if not (probe.__doc__ or "").strip()] == []

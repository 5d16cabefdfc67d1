"""Calibration against people: audits, or what staff typed."""

import json
from pathlib import Path

import pytest

from harvester.calibrate import calibrate_checks
from harvester.errors import UserError
from harvester.models.marks import Context, Mark
from harvester.outputs.anonymous_key import open_key
from harvester.outputs.ledger import Ledger, write_ledger


def _write_record(folder: Path, group: str, items: dict[str, tuple[str, str]]) -> None:
    record = {
        "group": {"id": group, "repo_url": f"https://git.example/team/group-{group}"},
        "checklist": [{"id": check, "claim": claim, "evidence": word} for check, (claim, word) in items.items()],
    }
    (folder / group).mkdir(parents=True)
    (folder / group / "harvest.json").write_text(json.dumps(record))


def _write_audit(folder: Path, group: str, items: dict[str, str]) -> None:
    folder.mkdir(exist_ok=True)
    audit = {"repo": f"team/group-{group}", "items": {check: {"evidence": word} for check, word in items.items()}}
    (folder / f"team+group-{group}.json").write_text(json.dumps(audit))


def test_counts_agreement_accusations_and_misses(tmp_path: Path) -> None:
    """Each kind of error is counted where it happened, and the worst check comes first."""
    records, audits = tmp_path / "records", tmp_path / "audits"
    _write_record(
        records, "1", {"hydra": ("ticked", "absent"), "cli": ("ticked", "found"), "ci": ("unticked", "found")}
    )
    _write_record(
        records, "2", {"hydra": ("unticked", "absent"), "cli": ("ticked", "found"), "ci": ("ticked", "partial")}
    )
    _write_audit(audits, "1", {"hydra": "found", "cli": "absent", "ci": "found"})
    _write_audit(audits, "2", {"hydra": "found", "cli": "found", "ci": "partial"})

    rows = {row.check: row for row in calibrate_checks(audits, records)}

    assert list(rows) == ["hydra", "cli", "ci"]
    assert (rows["hydra"].agreed, rows["hydra"].missed, rows["hydra"].accused) == (0, 2, 1)
    assert (rows["cli"].agreed, rows["cli"].credulous) == (1, 1)
    assert rows["ci"].agreed == rows["ci"].items == 2


def test_staff_decisions_are_read_back(tmp_path: Path) -> None:
    """`agree` is agreement; another word is what the person found; no decision is no judgement."""
    _write_record(tmp_path, "7", {"hydra": ("ticked", "absent"), "cli": ("ticked", "found"), "ci": ("ticked", "found")})
    marks = {
        "hydra": Mark(decision="found"),
        "cli": Mark(decision="agree"),
        "ci": Mark(points=1.0),
        "q:tests": Mark(points=2.0),
    }
    write_ledger(Ledger(groups={"7": marks}), tmp_path)

    rows = {row.check: row for row in calibrate_checks(tmp_path, tmp_path)}

    assert set(rows) == {"hydra", "cli"}
    assert rows["hydra"].accused == 1
    assert rows["cli"].agreed == 1


def test_who_agreed_did_so_with_the_word_that_stood_there_then(tmp_path: Path) -> None:
    """A rule that says otherwise now has nobody's agreement yet."""
    _write_record(tmp_path, "7", {"hydra": ("ticked", "absent"), "cli": ("ticked", "found")})
    then = Mark(decision="agree", against=Context(evidence="found"))
    write_ledger(Ledger(groups={"7": {"hydra": then, "cli": then}}), tmp_path)

    rows = {row.check: row for row in calibrate_checks(tmp_path, tmp_path)}

    assert (rows["hydra"].agreed, rows["hydra"].accused) == (0, 1)
    assert rows["cli"].agreed == 1


def test_decisions_of_an_anonymous_course_find_the_groups_records(tmp_path: Path) -> None:
    """The marks go by pseudonyms; the records are in the groups' own folders."""
    _write_record(tmp_path / "groups", "7", {"hydra": ("ticked", "absent")})
    key = open_key(tmp_path / "anonymous-key.json", ["7", "8"])
    write_ledger(Ledger(groups={key.group("7"): {"hydra": Mark(decision="found")}}), tmp_path)

    (row,) = calibrate_checks(tmp_path, tmp_path)
    assert (row.check, row.items, row.accused) == ("hydra", 1, 1)


@pytest.mark.parametrize("missing", ["audits", "records", "match"])
def test_nothing_to_compare_is_said(tmp_path: Path, missing: str) -> None:
    """Each of the three ways to have nothing gets its sentence."""
    records, audits = tmp_path / "records", tmp_path / "audits"
    records.mkdir()
    audits.mkdir()
    if missing != "records":
        _write_record(records, "1", {"hydra": ("ticked", "found")})
    if missing != "audits":
        _write_audit(audits, "9" if missing == "match" else "1", {"hydra": "found"})

    with pytest.raises(UserError, match=r"No audits|No harvest\.json|None of the audited"):
        calibrate_checks(audits, records)

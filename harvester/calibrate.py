"""Measures each check against people: hand audits, or the decisions that staff typed into the workbooks."""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harvester.errors import UserError
from harvester.models.status import EvidenceWord

_WORDS = {word.value for word in EvidenceWord}
_AGREE = "agree"


@dataclass
class Calibration:
    """How one check did. Counts are items; `pairs` are (person's word, tool's word)."""

    check: str
    pairs: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    accused: int = 0
    credulous: int = 0

    @property
    def items(self) -> int:
        """How many items a person judged."""
        return sum(self.pairs.values())

    @property
    def agreed(self) -> int:
        """How often tool and person used the same word."""
        return sum(count for (person, tool), count in self.pairs.items() if person == tool)

    @property
    def missed(self) -> int:
        """How often the person found what the tool called absent."""
        return self.pairs.get(("found", "absent"), 0)


def calibrate_checks(audits: Path, records: Path) -> tuple[Calibration, ...]:
    """Compare every item that a person judged with the tool's word for it, per check, worst first.

    Parameters
    ----------
    audits
        Hand audits (`owner+name.json` with `items`), or an output folder whose `marks.json` holds staff's decisions.
    records
        A folder with `harvest.json` files somewhere below it.

    Raises
    ------
    UserError
        One of both holds nothing that can be compared.
    """
    ours = _read_records(records)
    judged = _read_audits(audits) or _read_decisions(audits)
    if not judged:
        raise UserError(
            f"No audits and no staff decisions in {audits}.", "Name a folder of audits, or an output folder."
        )
    checks: dict[str, Calibration] = {}
    matched = 0
    for repository, words in judged.items():
        record = ours.get(repository)
        if record is None:
            continue
        matched += 1
        for check, person in words.items():
            item = record.get(check)
            if item is not None:
                _count(checks.setdefault(check, Calibration(check)), person, item)
    if not matched:
        raise UserError(f"None of the audited groups has a record in {records}.", "Harvest them first.")
    return tuple(sorted(checks.values(), key=lambda c: (c.agreed / c.items if c.items else 1.0, c.check)))


def _count(row: Calibration, person: str, item: Mapping[str, str]) -> None:
    tool = item["evidence"]
    if person == _AGREE:
        person = tool
    row.pairs[person, tool] += 1
    if item["claim"] == "ticked":
        row.accused += person == "found" and tool == "absent"
        row.credulous += person == "absent" and tool == "found"


def _key(url: str) -> str:
    parts = url.removesuffix("/").removesuffix(".git").replace("+", "/").replace(":", "/").split("/")
    return "+".join(part for part in parts[-2:] if part).casefold()


def _read_records(folder: Path) -> dict[str, dict[str, dict[str, str]]]:
    found = {}
    for path in sorted(folder.rglob("harvest.json")):
        record = json.loads(path.read_text(encoding="utf-8"))
        items = {item["id"]: item for item in record["checklist"]}
        found[_key(record["group"]["repo_url"])] = items
        found[f"group:{record['group']['id']}"] = items
    if not found:
        raise UserError(f"No harvest.json below {folder}.", "Name the output folder of a harvest.")
    return found


def _read_audits(folder: Path) -> dict[str, dict[str, str]]:
    found = {}
    for path in sorted(folder.glob("*.json")):
        try:
            audit = json.loads(path.read_text(encoding="utf-8"))
            found[_key(audit["repo"])] = {check: item["evidence"] for check, item in audit["items"].items()}
        except (ValueError, KeyError, TypeError):
            continue
    return found


def _read_decisions(folder: Path) -> dict[str, dict[str, str]]:
    try:
        book = json.loads((folder / "marks.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    real = _unmasking(folder)
    found: dict[str, dict[str, str]] = {}
    for group, marks in book.get("groups", {}).items():
        words = {}
        for key, mark in marks.items():
            word = str(mark.get("decision") or "").strip().lower()
            if word == _AGREE:  # with what stood there then
                word = mark.get("against", {}).get("evidence", _AGREE)
            if ":" not in key and (word in _WORDS or word == _AGREE):
                words[key] = word
        if words:
            found[f"group:{real(group)}"] = words
    return found


def _unmasking(folder: Path) -> Callable[[str], str]:
    """From the name that marks go by to the group's own: they differ where the course is or was anonymous."""
    from harvester.opened import KEY
    from harvester.outputs.anonymous_key import open_key

    if not (folder / KEY).is_file():
        return lambda group: group
    key = open_key(folder / KEY, [], keep=False)
    return lambda group: key.unmask(group) or group

"""Every check against its cases: invented repositories as data, each with the evidence that it has to give."""

import pytest

from harvester.models.status import EvidenceWord
from tests.support.cases import FOLDER, Case, family, load_cases, run_case

CHECKS = [spec.id for spec in family().checks]
CASES = [case for check in CHECKS for case in load_cases(check)[0]]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_case(case: Case) -> None:
    """The evidence of an invented repository is the case's, and is shown where the case says."""
    evidence = run_case(case)

    assert evidence.word == case.data["word"], evidence.why
    assert evidence.why.endswith(".") and "\n" not in evidence.why
    shown = {f"{place.path}:{place.line}" if place.line else place.path for place in evidence.places}
    assert set(case.data.get("places", ())) <= shown, shown
    assert case.data.get("why", "").lower() in evidence.why.lower(), evidence.why
    for hint in case.data.get("hints", ()):
        assert any(place.path.startswith(hint) for place in evidence.hints), evidence.hints
    if evidence.word in (EvidenceWord.FOUND, EvidenceWord.PARTIAL):
        assert evidence.places, evidence.why


@pytest.mark.parametrize("check", CHECKS)
def test_every_check_has_its_cases(check: str) -> None:
    """A check has a found case, a near miss and a partial one, or says why there can be none."""
    cases, without = load_cases(check)
    spec = next(spec for spec in family().checks if spec.id == check)
    wanted = {"unverifiable"} if spec.unverifiable else {"found", "absent", "partial"}

    missing = wanted - {case.data["word"] for case in cases} - set(without)

    assert not missing, f"tests/cases/checks/{check}.yaml has no case for {', '.join(sorted(missing))}"


@pytest.mark.parametrize("check", CHECKS)
def test_a_partial_case_says_why(check: str) -> None:
    """Else it may be partial for another reason than the one that it is there for."""
    unsaid = [case.id for case in load_cases(check)[0] if case.data["word"] == "partial" and not case.data.get("why")]

    assert not unsaid


def test_no_case_is_lost() -> None:
    """Every file of cases is that of a check, and names no case twice."""
    assert {path.stem for path in FOLDER.glob("*.yaml")} <= set(CHECKS)
    for check in CHECKS:
        names = [case.data["name"] for case in load_cases(check)[0]]
        assert len(names) == len(set(names)), check

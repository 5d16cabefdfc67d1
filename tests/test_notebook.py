"""The class notebook runs on exported tables, and is kept without outputs."""

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from harvester.models.record import GroupRecord
from harvester.models.status import Status
from harvester.outputs.tables import ANSWERS, CLAIMS, GROUPS, write_tables
from tests.support.records import make_record

NOTEBOOK = Path(__file__).parents[1] / "notebooks" / "class_analysis.ipynb"

CLASS = [
    make_record("1"),
    make_record("2", variant=1),
    make_record("3", hostile=True),
    make_record("4", status=Status.EMPTY),
    make_record("5", status=Status.UNREACHABLE),
    make_record("æ-6", variant=2, items=30, questions=12),
]


def run_notebook(out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> nbformat.NotebookNode:
    monkeypatch.setenv("HARVEST_OUT", str(out))
    for name in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR"):
        monkeypatch.setenv(name, str(tmp_path / "jupyter"))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    return NotebookClient(notebook, timeout=60, kernel_name="python3").execute()


def outputs(notebook: nbformat.NotebookNode, kind: str) -> list[str]:
    return [
        output["data"][kind]
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if kind in output.get("data", {})
    ]


def without_problems(record: GroupRecord) -> GroupRecord:
    """The record with nothing odd in it: its tables have columns without a single value."""
    questions = tuple(one.model_copy(update={"problems": ()}) for one in record.questions)
    return record.model_copy(update={"problems": (), "questions": questions})


@pytest.mark.parametrize(
    "records",
    [CLASS, [make_record("4", status=Status.EMPTY)], [without_problems(make_record(one)) for one in "12"]],
    ids=["a class", "nobody handed in", "nothing is odd"],
)
def test_the_notebook_runs(records: list[GroupRecord], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    out.mkdir()
    write_tables(records, out)
    notebook = run_notebook(out, tmp_path, monkeypatch)
    errors = [output for cell in notebook.cells for output in cell.get("outputs", []) if output.output_type == "error"]
    assert errors == []
    told = [
        output.text for cell in notebook.cells for output in cell.get("outputs", []) if output.get("name") == "stderr"
    ]
    assert told == []
    assert len(outputs(notebook, "image/png")) == {6: 5, 2: 4, 1: 0}[len(records)]
    first = outputs(notebook, "text/plain")[-1]
    assert all(record.group.id in first for record in records), "every group is in the table of where to look"


def test_questions_of_two_years_and_odd_names_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One number is two questions where reports are of two years; `NA` is a name; who was not harvested is counted."""
    out = tmp_path / "out"
    out.mkdir()
    first, other = make_record("NA"), make_record("2", variant=1)
    renumbered = tuple(one.model_copy(update={"number": 24}) for one in other.questions if one.id == "api")
    later = make_record("3", status=Status.UNREACHABLE).model_copy(update={"harvested": False})
    write_tables((first, other.model_copy(update={"questions": renumbered}), later), out)
    assert [one.id for one in first.questions if one.number == 24] == ["deployment"]

    notebook = run_notebook(out, tmp_path, monkeypatch)

    texts = outputs(notebook, "text/plain")
    statuses, questions, look = texts[0], next(one for one in texts if "median" in one), texts[-1]
    assert "not harvested yet" in statuses
    assert re.search(r"^api +23 +API", questions, flags=re.MULTILINE)
    assert re.search(r"^deployment +24 +Deployment", questions, flags=re.MULTILINE)
    assert any(line.startswith("NA ") for line in look.splitlines())


def test_the_notebook_tells_what_each_column_is() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    told = set(re.findall(r"`(\w+)`", "".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")))
    assert told >= {*GROUPS, *CLAIMS, *ANSWERS}


def test_the_notebook_is_kept_without_outputs() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert code
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)

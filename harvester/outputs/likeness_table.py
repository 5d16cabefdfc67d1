"""`likeness.csv`: a row per match, the strongest leads first."""

import csv
import io
from pathlib import Path

from harvester.models.likeness import Likeness, Side
from harvester.outputs.cells import neutral
from harvester.outputs.files import write_atomic

COLUMNS = (
    "lead", "strength", "group", "other_group", "harvest", "kind", "shared", "share", "name", "path", "line", "url",
    "text", "other_name", "other_path", "other_line", "other_url", "other_text",
)  # fmt: skip


def write_likeness_table(likeness: Likeness, path: Path) -> None:
    """Write the table; a header alone where there is no lead. `text` is what is shared, as each group has it.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for number, lead in enumerate(likeness.leads, 1):
        for match in lead.matches:
            groups = (lead.left, lead.right, lead.harvest)
            row = (number, lead.strength, *groups, match.kind.value, match.shared, match.share)
            cells = (*row, *_cells(match.left), *_cells(match.right))
            writer.writerow([neutral(cell) if isinstance(cell, str) else cell for cell in cells])
    write_atomic(path, stream.getvalue().encode("utf-8", "replace"))


def _cells(side: Side) -> tuple[str | int | None, ...]:
    text = " … ".join(piece.text for piece in side.pieces if piece.shared)
    return side.name, side.path, side.line, side.url, text

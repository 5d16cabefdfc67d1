"""Where the per-group work runs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
from harvester.engine import open_executor
if __name__ == "__main__":
    with open_executor("local", workers=2) as executor:
        print(sum(executor.map(abs, [1, -2, 3])))
"""


@pytest.mark.parametrize("length", [1, 100])
def test_workers_start_wherever_temporary_files_go(tmp_path: Path, length: int) -> None:
    """A socket's name has some 100 bytes, a path as many as it likes."""
    folder = tmp_path / ("x" * length)
    folder.mkdir()
    (tmp_path / "run.py").write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, tmp_path / "run.py"],
        env=os.environ | {"TMPDIR": str(folder)},
        capture_output=True,
        timeout=100,
    )
    assert done.stdout == b"6\n", done.stderr.decode()

"""The set-up of the first `make harvest`, whatever became of the one before."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

_MAKEFILE = Path(__file__).parent.parent / "Makefile"
_INSIDE = '#!/bin/sh\n[ "$2" = pip ] && [ ! -e "$(dirname "$0")/pip" ] && exit 1\nexit 0\n'
"""The Python of a virtual environment, as far as the Makefile asks it for anything."""
_OUTSIDE = f"""#!/bin/sh
[ "$2" = venv ] || exit 0
mkdir -p "$3/bin" && touch "$3/bin/pip" && cat > "$3/bin/python" <<'END' && chmod +x "$3/bin/python"
{_INSIDE}END
"""


def write_program(path: Path, text: str) -> None:
    """A script that can be started."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


@pytest.mark.skipif(os.name == "nt" or shutil.which("make") is None, reason="needs make")
@pytest.mark.parametrize("left", ["nothing", "a Python without pip"])
def test_a_set_up_that_was_interrupted_is_made_good(left: str, tmp_path: Path) -> None:
    """Ctrl-C while `venv` is at work leaves a Python, and no pip yet."""
    shutil.copy(_MAKEFILE, tmp_path)
    for name in ("requirements.lock", "pyproject.toml"):
        (tmp_path / name).write_text("")
    write_program(tmp_path / "python", _OUTSIDE)
    if left != "nothing":
        write_program(tmp_path / ".venv" / "bin" / "python", _INSIDE)

    done = subprocess.run(
        ["make", "setup", "PYTHON=./python"], cwd=tmp_path, capture_output=True, timeout=60, check=False
    )

    assert done.returncode == 0, done.stderr.decode()
    assert (tmp_path / ".venv" / ".run").is_file()

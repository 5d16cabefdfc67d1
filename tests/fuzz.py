"""Coverage-guided fuzzing of every parser of student text: no crash, no input over 2 s, never over 500 MB.

    make fuzz
    python -m tests.fuzz report --minutes 10

The first goes through all targets, one after another; it installs atheris, which is there for few machines and so no
dependency of the project. What it finds is in a file that it names. Made small, that belongs into
tests/cases/fuzz/<target>/, where the tests read it.
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path

CASES = Path(__file__).parent / "cases" / "fuzz"
TARGETS = ("report", "page", "code", "trees", "scripts", "documents", "addresses", "tables", "project")
SECONDS = 2
MEGABYTES = 500
_LONGEST = 20_000
_INSTRUMENTED = 5
"""How many times as long code takes that is watched; `tests/test_fuzz.py` holds what is found to the plain seconds."""
_HANG = 60
"""Seconds by the clock: the machine may be busy with something else."""


def main() -> None:
    """Fuzz one target until the time is over, or something is found; or all of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", nargs="?", choices=TARGETS)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--corpus", type=Path, default=Path("build") / "fuzz", help="Where what is found is kept.")
    options = parser.parse_args()
    if options.target:
        _fuzz(options.target, options.minutes, options.corpus)
        return
    commands = {target: [sys.executable, "-m", "tests.fuzz", target, *sys.argv[1:]] for target in TARGETS}
    found = [target for target, command in commands.items() if subprocess.run(command, check=False).returncode]
    sys.exit(f"Something was found in: {', '.join(found)}." if found else 0)


def _fuzz(target: str, minutes: float, corpus: Path) -> None:
    import atheris

    with atheris.instrument_imports(include=["harvester", "markdown_it"]):
        from tests.support.parsers import PARSERS
        from tests.support.seeds import PIECES, make_seeds

    parse, _ = PARSERS[target]

    def parse_in_time(data: bytes) -> None:
        begun = time.process_time()
        parse(data)
        assert time.process_time() - begun < _INSTRUMENTED * SECONDS, "too slow"

    inputs = corpus / target
    inputs.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(make_seeds(target)):
        (inputs / f"seed-{number}").write_bytes(seed)
    words = corpus / f"{target}.dict"
    words.write_text("".join(f'"{_escape(piece)}"\n' for piece in PIECES[target]))
    limits = {
        "max_total_time": int(60 * minutes),
        "timeout": _HANG,
        "rss_limit_mb": MEGABYTES,
        "max_len": _LONGEST,
        "dict": words,
        "artifact_prefix": f"{corpus}/{target}-",
        "print_final_stats": 1,
    }
    folders = [str(folder) for folder in (inputs, CASES / target) if folder.is_dir()]
    atheris.Setup([sys.argv[0], *(f"-{name}={value}" for name, value in limits.items()), *folders], parse_in_time)
    atheris.Fuzz()


def _escape(piece: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in piece.encode())


if __name__ == "__main__":
    main()

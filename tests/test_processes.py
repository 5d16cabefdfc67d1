"""Other programs end when they should, whatever they do."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harvester.processes import Ending, Outcome, collect, git_command, git_environment


def run(script: str, **options: object) -> Outcome:
    """Collect a shell script's output."""
    process = subprocess.Popen(
        ["/bin/sh", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    return collect(process, **{"timeout": 20, **options})  # type: ignore[arg-type]


def test_both_outputs_are_read_to_the_end() -> None:
    """However much of either comes first."""
    outcome = run("head -c 300000 /dev/zero >&2; head -c 300000 /dev/zero; echo end >&2; exit 3")

    assert (outcome.code, len(outcome.stdout), outcome.ending) == (3, 300_000, Ending.EXITED)
    assert not outcome.ok
    assert outcome.stderr.endswith("end\n")
    assert len(outcome.stderr) <= 1 << 16


@pytest.mark.parametrize("script", ["sleep 60", "sleep 60 & sleep 60", "exec >&- 2>&-; sleep 60"])
def test_a_process_is_ended_after_its_time(script: str) -> None:
    """Also one that has closed its outputs, and with its children."""
    start = time.monotonic()

    assert run(script, timeout=0.3).ending is Ending.TIMEOUT
    assert time.monotonic() - start < 5


def test_a_process_that_says_too_much_is_ended() -> None:
    """An endless answer does not fill the memory."""
    outcome = run("cat /dev/zero", max_output=1_000_000)

    assert outcome.ending is Ending.TOO_MUCH
    assert len(outcome.stdout) < 4_000_000


def test_a_process_is_ended_when_asked() -> None:
    """By a sentence of whoever watches it."""
    outcome = run("sleep 60", watch=lambda: "Enough.", interval=0.05)

    assert (outcome.ending, outcome.reason) == (Ending.STOPPED, "Enough.")


@pytest.mark.parametrize("before", ["", "import git"], ids=["at import", "at use"])
def test_a_machine_without_git_is_a_sentence(before: str, tmp_path: Path) -> None:
    """Not a traceback of GitPython's."""
    script = (
        f"import os, harvester.processes as p, harvester.errors as e\n{before}\n"
        f"os.environ['PATH'] = {str(tmp_path)!r}\n"
        "try:\n    p.start_git(['version'], p.git_environment())\nexcept e.UserError as error:\n    print(error)"
    )

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)

    assert done.stdout.startswith("git was not found on this machine.")


def test_git_runs_without_the_users_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its variables are taken out, and ours are no arguments."""
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    env = git_environment(("https",), {"http.extraHeader": "secret"})

    assert git_command(env)[:1] == ["env"]
    assert "GIT_DIR" in git_command(env)
    assert env["GIT_ALLOW_PROTOCOL"] == "https"
    assert git_environment()["GIT_ALLOW_PROTOCOL"] == "none"
    done = subprocess.run(
        [*git_command(env), "config", "--get", "http.extraHeader"],
        env={**os.environ, **env},
        capture_output=True,
        check=True,
    )
    assert done.stdout == b"secret\n"


def test_git_trusts_whom_the_machine_trusts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind a proxy that looks into TLS, a variable names its certificate."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_SSL_CAINFO", "/proxy.pem")
    env = git_environment(("https",))

    assert git_command(env) == ["git"]
    assert "GIT_SSL_CAINFO" not in env

"""How another program is run: in a scrubbed environment, bounded in time and output, and ended with its children."""

import contextlib
import os
import re
import selectors
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import IO, Any, BinaryIO, cast

from harvester.errors import UserError

OLDEST_GIT = (2, 31)
"""The first that takes settings from its environment."""
_PIPE = 1 << 18
"""Bytes that a pipe of ours holds where the system allows it, four times the usual: both ends wait less often."""
_ANSWER = 20.0
"""Seconds that git may take to say its version."""
_GIT_SETTINGS = {
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "core.askPass": "",
    "core.attributesFile": os.devnull,
    "core.excludesFile": os.devnull,
    "credential.helper": "",
    "diff.external": "",
    "fetch.recurseSubmodules": "false",
    "gc.auto": "0",
    "log.mailmap": "false",
    "log.showSignature": "false",
    "maintenance.auto": "false",
    "protocol.version": "2",
    "submodule.recurse": "false",
}
_GIT_ENVIRONMENT = {
    "GIT_ASKPASS": "",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_DEFAULT_REF_FORMAT": "files",
    "GIT_FLUSH": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_SSH_COMMAND": "ssh -o BatchMode=yes -o ConnectTimeout=20",
    "GIT_TERMINAL_PROMPT": "0",
    "SSH_ASKPASS": "",
    "SSH_ASKPASS_REQUIRE": "never",
}
_OF_THE_MACHINE = ("GIT_PROXY_SSL_CAINFO", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH")
"""Variables of the user's that stay: whose certificates are trusted, which a proxy that looks into TLS needs."""


def git_environment(protocols: tuple[str, ...] = (), settings: Mapping[str, str] | None = None) -> dict[str, str]:
    """The variables that git runs with: no config but ours, no prompt, no hook, and only the protocols named.

    Parameters
    ----------
    protocols
        Transports that git may use; none makes it impossible to reach anything.
    settings
        More git settings. They are handed over in the environment, so that none is in an argument or a file.
    """
    pairs = {**_GIT_SETTINGS, **(settings or {})}
    env = {**_GIT_ENVIRONMENT, "GIT_ALLOW_PROTOCOL": ":".join(protocols) or "none"}
    env["GIT_CONFIG_COUNT"] = str(len(pairs))
    for number, (key, value) in enumerate(pairs.items()):
        env[f"GIT_CONFIG_KEY_{number}"] = key
        env[f"GIT_CONFIG_VALUE_{number}"] = value
    return env


def git_command(env: Mapping[str, str]) -> list[str]:
    """How a git command line begins: `git`, behind `env -u` for what the user's environment would tell it."""
    known = {*env, *_OF_THE_MACHINE}
    stray = sorted(name for name in os.environ if name.startswith("GIT_") and name not in known)
    return [*(("env",) if stray else ()), *(part for name in stray for part in ("-u", name)), "git"]


def _missing() -> UserError:
    return UserError("git was not found on this machine.", "Install it; harvester doctor says which.")


def start_git(
    args: list[str], env: Mapping[str, str], stdin: BinaryIO | int | None = None
) -> "subprocess.Popen[bytes]":
    """Start git through GitPython, without a shell and in a session of its own. `stdin` may be `subprocess.PIPE`.

    Raises
    ------
    UserError
        There is no git on this machine.
    """
    try:
        from git.cmd import Git  # heavy, and it looks for git at once
        from git.exc import GitCommandNotFound
    except ImportError as error:
        raise _missing() from error
    command = [*git_command(env), *args]
    try:
        handle: Any = Git().execute(command, istream=stdin, as_process=True, env=env, start_new_session=True)
    except GitCommandNotFound as error:
        raise _missing() from error
    process, handle.proc = handle.proc, None  # the process is ours from here on
    return cast("subprocess.Popen[bytes]", process)


def check_git() -> None:
    """See that git can be used.

    Raises
    ------
    UserError
        There is none, it is too old, or it does not answer.
    """
    said = ask_git_version()
    if said is None:
        raise _missing()
    if not said:
        raise UserError("git did not answer when it was asked for its version.", "See whether it lies on a lost disk.")
    if is_old_git(said):
        raise UserError(f"git {said} is too old.", f"Install git {'.'.join(map(str, OLDEST_GIT))} or newer.")


def ask_git_version() -> str | None:
    """What git says its version is, such as `2.39.5`; empty where it says nothing, None where there is no git."""
    path = shutil.which("git")
    if path is None:
        return None
    try:
        answer = subprocess.run(  # noqa: S603 - no shell, our own arguments
            [path, "--version"], capture_output=True, text=True, errors="replace", timeout=_ANSWER, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout.removeprefix("git version ").strip()


def is_old_git(version: str, first: tuple[int, int] = OLDEST_GIT) -> bool:
    """Whether a version is known to be older than the first that will do; the oldest takes none of our settings."""
    found = re.match(r"(\d+)\.(\d+)", version)
    return found is not None and (int(found[1]), int(found[2])) < first


def find_ruff() -> str:
    """Where the program ruff is, which is installed with Harvester.

    Raises
    ------
    UserError
        It is not there.
    """
    from ruff import find_ruff_bin  # type: ignore[import-untyped]

    try:
        return str(find_ruff_bin())
    except OSError as error:
        raise UserError("ruff, which looks at the style of code, is not there.", "Install Harvester again.") from error


class Ending(StrEnum):
    """How a process ended."""

    EXITED = "exited"
    TIMEOUT = "timeout"
    TOO_MUCH = "too much output"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Outcome:
    """What a process said, and how it ended. `stderr` is cut to its bound; `reason` is what `watch` said."""

    code: int
    stdout: bytes
    stderr: str
    ending: Ending = Ending.EXITED
    reason: str = ""

    @property
    def ok(self) -> bool:
        """Whether it came to its own end, without an error."""
        return self.ending is Ending.EXITED and self.code == 0


def collect(
    process: "subprocess.Popen[bytes]",
    *,
    timeout: float,
    max_output: int = 64_000_000,
    watch: Callable[[], str] | None = None,
    interval: float = 0.25,
) -> Outcome:
    """Read a process to its end, or end it and its children at a bound.

    Parameters
    ----------
    process
        Started in a session of its own, with pipes for stdout and stderr.
    timeout
        Seconds of wall time.
    max_output
        Bytes of stdout; more of it ends the process. Of stderr the last 64 KiB are kept.
    watch
        Called about every `interval` seconds; a sentence that it returns ends the process.
    """
    reader = Streams(process)
    end = time.monotonic() + timeout
    look = time.monotonic() + interval
    ending, reason = Ending.EXITED, ""
    try:
        while reader.open:
            now = time.monotonic()
            if now >= end:
                ending = Ending.TIMEOUT
                break
            if watch is not None and now >= look:
                look = now + interval
                if reason := watch():
                    ending = Ending.STOPPED
                    break
            reader.step(min(end, look) - now if watch else end - now)
            if reader.size > max_output:
                ending = Ending.TOO_MUCH
                break
        if ending is Ending.EXITED:
            process.wait(timeout=max(end - time.monotonic(), 1))
    except subprocess.TimeoutExpired:
        ending = Ending.TIMEOUT
    finally:
        if process.poll() is None:
            end_group(process)
        reader.close()
    return Outcome(process.returncode, reader.take(), reader.stderr, ending, reason)


def end_group(process: "subprocess.Popen[bytes]") -> None:
    """End a process and its children: it was started in a session of its own."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()


def _widen(pipe: IO[bytes]) -> None:
    with contextlib.suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE)


class Streams:
    """Both outputs of a process, read as they come. Of stderr the last 64 KiB are kept."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self.streams = (cast(IO[bytes], process.stdout), cast(IO[bytes], process.stderr))
        self.out: list[bytes] = []
        self.size = 0
        """Bytes of stdout that nobody has taken yet."""
        self.err = b""
        _widen(self.streams[0])
        self.selector = selectors.DefaultSelector()
        for stream in self.streams:
            self.selector.register(stream, selectors.EVENT_READ)

    @property
    def open(self) -> bool:
        """Whether more may come."""
        return bool(self.selector.get_map())

    def step(self, wait: float) -> None:
        """Read what is there, or what comes within some seconds."""
        for key, _ in self.selector.select(max(wait, 0)):
            data = os.read(key.fd, _PIPE)
            if not data:
                self.selector.unregister(key.fileobj)
            elif key.fileobj is self.streams[1]:
                self.err = (self.err + data)[-(1 << 16) :]
            else:
                self.out.append(data)
                self.size += len(data)

    def take(self) -> bytes:
        """What came on stdout since it was last taken."""
        taken, self.out, self.size = b"".join(self.out), [], 0
        return taken

    def close(self) -> None:
        """Read no more."""
        self.selector.close()
        for stream in self.streams:
            stream.close()

    @property
    def stderr(self) -> str:
        """What came on stderr, as text."""
        return self.err.decode(errors="replace")

"""Git over the network: the only place where a mirror meets a server."""

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from harvester.mirrors.failures import SyncFailedError, read_failure
from harvester.mirrors.refs import read_refs
from harvester.mirrors.token import scrub, token_settings
from harvester.mirrors.urls import canonical_url, same_repository
from harvester.processes import Ending, Outcome, collect, git_environment, start_git

SEEN = "refs/harvester/seen/"
"""Where commits are kept that no branch leads to any more."""
_MAX_REFS = 32_000_000
_REDIRECT = re.compile(r"redirecting to (https://\S+)")


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class SyncOptions:
    """How to sync. `blob_limit` and `max_size` are in bytes, `timeout` is in seconds and for each git command."""

    allow_protocols: tuple[str, ...] = ("https", "ssh")
    blob_limit: int = 1_000_000
    timeout: float = 300
    max_size: int = 1_000_000_000
    """A mirror that grows larger is given up."""
    token: str | None = field(default=None, repr=False)
    tries: int = 2
    """How often a command is started that fails for a reason that may pass."""
    now: Callable[[], datetime] = _now
    sleep: Callable[[float], None] = time.sleep
    stop: Callable[[], bool] = lambda: False
    """Asked all the time; True ends what is running."""


@dataclass
class Remote:
    """One repository on its server. `redirected_to` is where the server sent us, once it has."""

    url: str
    options: SyncOptions
    redirected_to: str | None = None

    def refs(self) -> tuple[str | None, dict[str, str]]:
        """The default branch and the branches and tags that the server has, in one request."""
        out = self._run(["ls-remote", "--symref", "--", self.url, "HEAD", "refs/heads/*", "refs/tags/*"], None)
        symbolic = re.search(r"^ref: refs/heads/([^\n]+)\tHEAD$", out.decode(errors="replace"), re.MULTILINE)
        return symbolic and symbolic[1], dict(read_refs(out, "\t"))

    def clone(self, target: Path) -> None:
        """Clone into a folder that is not there yet: bare, all branches and tags, no blob above the limit."""
        args = ["clone", "--bare", "--template=", f"--filter=blob:limit={self.options.blob_limit}"]
        self._run([*args, "--", self.url, str(target)], target)

    def fetch(self, repository: Path, commit: str = "") -> None:
        """Bring a mirror's branches and tags to what the server has; or one commit that no branch leads to.

        The remote is named in the environment only: the mirror's own config knows none, so that nothing that reads
        the mirror can ever fetch what is missing.
        """
        size = f"blob:limit={self.options.blob_limit}"
        remote = {"url": self.url, "promisor": "true", "partialCloneFilter": size}
        args = [f"--git-dir={repository}", "fetch", "--no-tags", "--no-write-fetch-head", "--refmap="]
        args += ["--no-auto-maintenance", "--no-recurse-submodules", f"--filter={size}"]
        what = ["--prune", "origin", "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"]
        if commit:
            what = ["origin", f"{commit}:{SEEN}{commit}"]
        self._run(args + what, repository, {f"remote.origin.{key}": value for key, value in remote.items()})

    def fetch_blobs(self, repository: Path, oids: Sequence[str], most: int) -> bool:
        """Bring single blobs, as git's own partial clones would; False where the mirror grew beyond `most` bytes.

        Raises
        ------
        SyncFailedError
            It failed, or was interrupted.
        """
        remote = {"url": self.url, "promisor": "true", "partialCloneFilter": "blob:none"}
        settings = {f"remote.origin.{key}": value for key, value in remote.items()}
        args = [f"--git-dir={repository}", "fetch", "--no-tags", "--no-write-fetch-head", "--refmap="]
        args += ["--no-auto-maintenance", "--no-recurse-submodules", "--filter=blob:none", "origin", *oids]
        bounded = Remote(self.url, replace(self.options, max_size=most))
        outcome = bounded._start(args, repository, settings | {"fetch.negotiationAlgorithm": "noop"})
        if outcome.ending is Ending.STOPPED and not self.options.stop():
            return False
        if not outcome.ok:
            text = scrub(outcome.stderr, self.options.token)
            raise SyncFailedError(read_failure(outcome, timeout=self.options.timeout, text=text))
        return True

    def _run(self, args: list[str], target: Path | None, settings: dict[str, str] | None = None) -> bytes:
        """Run git, again where it fails for a reason that may pass.

        Raises
        ------
        SyncFailedError
            It failed for good.
        """
        for left in range(self.options.tries - 1, -1, -1):
            outcome = self._start(args, target, settings or {})
            text = scrub(outcome.stderr, self.options.token)
            if outcome.ok and target is not None and (reason := _find_excess(target, self.options)):
                outcome = replace(outcome, ending=Ending.STOPPED, reason=reason)
            if outcome.ok:
                self._note_redirect(text)
                return outcome.stdout
            failure = read_failure(outcome, timeout=self.options.timeout, text=text)
            if not (failure.transient and left):
                break
            self.options.sleep(2.0 ** (self.options.tries - left))
        raise SyncFailedError(failure)

    def _start(self, args: list[str], target: Path | None, settings: dict[str, str]) -> Outcome:
        stall = {"http.lowSpeedLimit": "100", "http.lowSpeedTime": "60", "http.followRedirects": "initial"}
        protocols = self.options.allow_protocols
        token = token_settings(self.url, self.options.token)
        env = git_environment(protocols, {**stall, **token, **settings})
        process = start_git(args, env)
        watch = _Watch(target, self.options)
        return collect(process, timeout=self.options.timeout, max_output=_MAX_REFS, watch=watch)

    def _note_redirect(self, text: str) -> None:
        if found := _REDIRECT.search(text):
            url = canonical_url(found[1])
            self.redirected_to = None if same_repository(url, self.url) else url


@dataclass(frozen=True)
class _Watch:
    """Whether a running transfer must end: it is asked to, or the mirror has grown too large."""

    target: Path | None
    options: SyncOptions

    def __call__(self) -> str:
        if self.options.stop():
            return "The sync was interrupted."
        return _find_excess(self.target, self.options) if self.target is not None else ""


def _find_excess(repository: Path, options: SyncOptions) -> str:
    """A sentence where a mirror has grown beyond its bound, else nothing."""
    if pack_size(repository) <= options.max_size:
        return ""
    return f"The repository is larger than {options.max_size / 1e6:,.6g} MB, even without its large files."


def pack_size(repository: Path) -> int:
    """Bytes that a mirror's packs take, half-written ones included."""
    total = 0
    for file in (repository / "objects" / "pack").glob("*"):
        try:
            total += file.stat().st_size
        except OSError:  # git renames and removes its temporary files while we look
            continue
    return total

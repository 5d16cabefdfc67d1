"""What every test has: no network but loopback, no user's git settings, no tokens."""

import os
import signal
import socket
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from harvester.snapshot.cat import one_for_both

settings.register_profile("harvester", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("harvester")

pytest_plugins = ["tests.support.browser"]

one_for_both()  # of the machine's git, before a test puts another in its place
signal.signal(signal.SIGINT, signal.default_int_handler)
"""Also where the tests are a shell's job in the background, which ignores Ctrl-C and has its children ignore it."""


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take out whatever of the machine could change a result."""
    for name in list(os.environ):
        if name.startswith("GIT_") or name in ("GITHUB_TOKEN", "GH_TOKEN", "GITHUB_ACTIONS"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("TZ", "UTC")


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Refuse every connection that leaves the machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        host = address[0] if isinstance(address, tuple) else ""
        if self.family in (socket.AF_INET, socket.AF_INET6) and str(host) not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test tried to reach {host}")
        connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", guarded)
    yield

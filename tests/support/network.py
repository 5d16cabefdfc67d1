"""A git server, and bad networks on the way to it."""

import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

Pass = Callable[[bytes, int, int], Iterator[bytes]]
"""What becomes of bytes from the server: (bytes, how many of this connection came before, which connection it is)."""


@contextmanager
def serve_git(folder: Path) -> Iterator[int]:
    """A git daemon that serves the repositories of a folder; its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    args = ["git", "daemon", "--reuseaddr", "--listen=127.0.0.1", f"--port={port}", "--export-all"]
    process = subprocess.Popen([*args, f"--base-path={folder}"], start_new_session=True, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.02)
        yield port
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def drop_after(size: int, connections: range) -> Pass:
    """The line breaks after so many bytes, on these connections."""

    def give(data: bytes, before: int, connection: int) -> Iterator[bytes]:
        left = size - before
        if connection not in connections or len(data) <= left:
            yield data
            return
        yield data[: max(left, 0)]
        raise ConnectionError

    return give


def trickle(size: int, seconds: float) -> Pass:
    """Beyond so many bytes, one at a time."""

    def give(data: bytes, before: int, _connection: int) -> Iterator[bytes]:
        free = max(size - before, 0)
        yield data[:free]
        for byte in data[free:]:
            time.sleep(seconds)
            yield bytes((byte,))

    return give


@contextmanager
def bad_network(port: int, give: Pass) -> Iterator[int]:
    """Another port for a server, on which its answers pass through `give`."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_accept, args=(listener, port, give), daemon=True).start()
        yield listener.getsockname()[1]
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket, port: int, give: Pass) -> None:
    connection = 0
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return
        server = socket.create_connection(("127.0.0.1", port))
        threading.Thread(target=_pump, args=(client, server, lambda data, *_: iter((data,)), 0), daemon=True).start()
        threading.Thread(target=_pump, args=(server, client, give, connection), daemon=True).start()
        connection += 1


def _pump(source: socket.socket, target: socket.socket, give: Pass, connection: int) -> None:
    before = 0
    with suppress(OSError):
        while data := source.recv(65_536):
            for part in give(data, before, connection):
                target.sendall(part)
            before += len(data)
    for end in (source, target):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)

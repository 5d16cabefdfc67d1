"""What a process is given by whoever starts it, made dependable: standard streams, and signals that end it."""

import io
import os
import signal
import sys
from contextlib import suppress
from types import FrameType

_ENDINGS = ("SIGTERM", "SIGHUP")
"""From a service manager, `timeout` or a job's limit, and from a terminal that closes. Windows knows only the first."""


class _Forgiving(io.TextIOWrapper):
    """A stream that loses what its disk or terminal does not take, and says nothing: nobody would hear it."""

    def write(self, text: str, /) -> int:
        """Write, where that is possible."""
        with suppress(OSError):
            return super().write(text)
        return len(text)

    def flush(self) -> None:
        """Flush, where that is possible."""
        with suppress(OSError):
            super().flush()


def prepare_streams() -> None:
    """Have three standard streams that any text can be written to, and an error stream that ends no run.

    One that is closed goes nowhere: else the next file that is opened would take its place, and get what is printed.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            stream = open(os.devnull, "w" if number else "r", encoding="utf-8")  # noqa: PTH123, SIM115 - stays open
            os.set_inheritable(stream.fileno(), True)
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    if isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr = _Forgiving(
            sys.stderr.buffer, encoding=sys.stderr.encoding, errors="backslashreplace", line_buffering=True
        )


def spare_threads() -> None:
    """Have numpy start no threads of its own: nothing here multiplies matrices, and they spin in each new process.

    What the user has set for OpenBLAS stays.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def end_in_order() -> None:
    """Have the signals that end a process do what Ctrl-C does, once; one that is ignored (`nohup`) stays so."""
    heard: list[int] = []

    def interrupt(number: int, frame: FrameType | None) -> None:
        if heard:  # it often comes twice, to the process and to its group, and must not disturb the end
            return
        heard.append(number)
        handler = signal.getsignal(signal.SIGINT)
        if not callable(handler):  # a shell's background job ignores Ctrl-C
            raise KeyboardInterrupt
        handler(signal.SIGINT, frame)

    for number in endings():
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, interrupt)


def endings() -> set[signal.Signals]:
    """The signals that end a process, beside Ctrl-C."""
    return {getattr(signal, name) for name in _ENDINGS if hasattr(signal, name)}

"""What a person sees while a run is at work: a live bar with names and counts in a terminal, plain lines elsewhere."""

import logging
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.markup import escape

from harvester.console import err
from harvester.logs import with_fields

if TYPE_CHECKING:
    from rich.progress import Progress

log = logging.getLogger(__name__)


class RunProgress:
    """Progress of a class run: a live bar in a terminal, else a line for each tenth of the groups."""

    def __init__(self, *, quiet: bool = False) -> None:
        self.total = 0
        self.done = 0
        self.quiet = quiet
        self.busy: dict[str, str] = {}
        self.held_up = ""
        self.started_at = time.monotonic()
        self._bar: Progress | None = None

    def __enter__(self) -> Self:
        if not self.quiet and err.is_terminal:
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

            self._bar = Progress(
                TextColumn("[bold]{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                TextColumn("{task.fields[busy]}"),
                console=err,
                transient=True,
            )
            self._task = self._bar.add_task("Harvesting", total=None, busy="")
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def begin(self, total: int) -> None:
        """So many groups are to come."""
        self.total = total
        if self._bar is not None:
            self._bar.update(self._task, total=total)

    def started(self, group: str, stage: str) -> None:
        """A group enters a stage."""
        self.busy[group] = stage
        self._show()

    def finished(self, group: str) -> None:
        """A group is through all stages."""
        self.busy.pop(group, None)
        self.done += 1
        self._show()
        if self._bar is None and not self.quiet and (self.done * 10 // self.total > (self.done - 1) * 10 // self.total):
            seconds = time.monotonic() - self.started_at
            from harvester.outputs.wording import plural

            err.print(f"{self.done} of {plural(self.total, 'group')}, {seconds:.0f} s")

    def waiting(self, seconds: float, why: str) -> None:
        """The server asks everybody to wait; the countdown stands where the groups do."""
        begun = seconds > 0 and not self.held_up
        self.held_up = f"{why}: {seconds:.0f} s to wait" if seconds > 0 else ""
        self._show()
        if begun:
            log.info("%s: waiting %.0f s", why, seconds, extra=with_fields(event="wait", seconds=round(seconds, 1)))
        if begun and self._bar is None and not self.quiet:
            err.print(f"{why}: waiting {seconds:.0f} s", markup=False)

    def _show(self) -> None:
        if self._bar is not None:
            names = ", ".join(f"{escape(name)} ({stage})" for name, stage in list(self.busy.items())[:3])
            self._bar.update(self._task, completed=self.done, busy=escape(self.held_up) or names)

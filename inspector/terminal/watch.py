"""A running session in the terminal: a screen that is redrawn four times a second, or a line a second in a pipe."""

import contextlib
import sys
import time

from rich.console import Console
from rich.live import Live

from inspector import formatting as fmt
from inspector.monitor.verdict.verdict import verdict
from inspector.redirect import decoders_silenced
from inspector.session.protocol import Session, Source
from inspector.session.records import RunState, Snapshot
from inspector.settings import MAX_WORKERS
from inspector.terminal.keys import Keyboard
from inspector.terminal.recent_problems import RecentProblems
from inspector.terminal.screen import ScreenContent, draw

SCREEN_INTERVAL_S = 0.25
LINE_INTERVAL_S = 1.0
MAX_BATCH_SIZE = 4096  # within reach of a key; --batch-size takes more


def watch(session: Session, source: Source | None, *, quit_after_s: float | None) -> int:
    """Open `source`, if any, and show how loading goes, until the user quits, the time is over, or all is delivered.

    Closes the session. Returns the exit status: 0, or 1 where loading failed; the reason is then on standard error.
    """
    end = None if quit_after_s is None else time.monotonic() + quit_after_s
    console = Console()
    on_screen = sys.stdout.isatty() and not console.is_dumb_terminal
    # With threads, the decoders' own messages would be written across the screen.
    with decoders_silenced() if on_screen and sys.stderr.isatty() else contextlib.nullcontext():
        try:
            if source is not None:
                session.open(source)
            last = _on_screen(session, console, end) if on_screen else _line_by_line(session, end)
        finally:
            session.close()
    if last.state == RunState.FAILED:
        print(f"inspector: {fmt.readable(last.message)}", file=sys.stderr, flush=True)
        return 1
    print(_summary(last), flush=True)
    return 0


def _over(end: float | None) -> bool:
    return end is not None and time.monotonic() >= end


def _on_screen(session: Session, console: Console, end: float | None) -> Snapshot:
    problems = RecentProblems()
    with Keyboard() as keyboard, Live(console=console, screen=True, auto_refresh=False) as live:
        controls = Controls(session)
        while True:
            snapshot = session.snapshot()
            problems.add(session.problems(problems.total))
            content = ScreenContent(snapshot, session.series(), problems, verdict(snapshot), keyboard.listens)
            live.update(draw(content, console.width, console.height), refresh=True)
            if snapshot.state == RunState.FINISHED or _over(end):
                return snapshot
            if not controls.press(keyboard.read(SCREEN_INTERVAL_S)):
                return session.snapshot()


def _line_by_line(session: Session, end: float | None) -> Snapshot:
    started = time.monotonic()
    printed = started
    while True:
        snapshot = session.snapshot()
        over = snapshot.state in (RunState.FAILED, RunState.FINISHED) or _over(end)
        now = time.monotonic()
        if now - printed >= LINE_INTERVAL_S:
            printed = now
            print(_line(snapshot, now - started), flush=True)
        if over:
            return snapshot
        time.sleep(0.05)


class Controls:
    """What the keys do. Holds the settings asked for last, so that keys pressed quickly add up."""

    def __init__(self, session: Session) -> None:
        snapshot = session.snapshot()
        self._session = session
        self._workers = snapshot.num_workers
        self._batch_size = snapshot.batch_size

    def press(self, keys: str) -> bool:
        """Carry out `keys`, one character each; False: the user wants to quit."""
        before = self._workers, self._batch_size
        for key in keys:
            match key:
                case "+" | "=":
                    self._workers = min(self._workers + 1, MAX_WORKERS)
                case "-" | "_":
                    self._workers = max(self._workers - 1, 0)
                case "]":
                    self._batch_size = max(self._batch_size, min(self._batch_size * 2, MAX_BATCH_SIZE))
                case "[":
                    self._batch_size = max(self._batch_size // 2, 1)
                case " ":
                    paused = self._session.snapshot().state == RunState.PAUSED
                    (self._session.run if paused else self._session.pause)()
                case "n":
                    self._session.next_batch()
                case "q" | "Q":
                    return False
        if self._workers != before[0]:
            self._session.change(num_workers=self._workers)
        if self._batch_size != before[1]:
            self._session.change(batch_size=self._batch_size)
        return True


def _line(snapshot: Snapshot, elapsed_s: float) -> str:
    clock = f"{int(elapsed_s) // 60:02d}:{int(elapsed_s) % 60:02d}"
    if snapshot.state == RunState.INDEXING:
        return f"{clock}  indexing  {fmt.plural(snapshot.files, 'file')} found"
    rates = snapshot.rates
    parts = [
        f"epoch {snapshot.epoch}",
        fmt.plural(snapshot.batches, "batch", "batches"),
        fmt.rate(rates.batches_per_s) + " batches/s",
        fmt.rate(rates.images_per_s) + " images/s",
        "data wait " + fmt.percent(rates.data_wait),
        f"queue {snapshot.queue_depth}/{fmt.whole(snapshot.prefetch_batches)}",
        fmt.plural(snapshot.num_workers, "worker") + " busy " + fmt.percent(rates.worker_busy),
        f"skipped {snapshot.skipped:,}",
    ]
    return f"{clock}  {snapshot.state}  " + "  ".join(parts)


def _summary(last: Snapshot) -> str:
    done = f"{fmt.plural(last.batches, 'batch', 'batches')} with {fmt.plural(last.images, 'image')}"
    rates = f"at the end {fmt.rate(last.rates.images_per_s)} images/s"
    return f"inspector: {done} delivered, {last.skipped:,} skipped; {rates}."

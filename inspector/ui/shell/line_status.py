"""Where the session runs, when that is another machine: in the title, and a line above the window where it is lost."""

from PySide6.QtWidgets import QMainWindow

from inspector import formatting as fmt
from inspector.monitor.records import Snapshot
from inspector.session.line_state import LineState
from inspector.session.protocol import Session
from inspector.ui.faults.faults import Fault, Faults
from inspector.ui.notice import Notice
from inspector.ui.theme import Theme


class LineStatus:
    """Shows the state of a session's line; of a session that runs here, only the title."""

    def __init__(self, window: QMainWindow, session: Session, theme: Theme, faults: Faults) -> None:
        self._window, self._session, self._faults = window, session, faults
        self.notice = Notice(theme, "line")
        self._reported = 0
        self._shown = ""

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """The title, and what is wrong with the line."""
        place = fmt.place(snapshot.source)
        line = self._session.line
        if line is not None:
            place = " – ".join(part for part in (place, in_words(line)) if part)
            self._show_line(line)
        self._window.setWindowTitle(f"{place} – inspector" if place else "inspector")

    def _show_line(self, line: LineState) -> None:
        if line.connected:
            if self._shown:
                self._shown = ""
                self.notice.hide()
        else:
            waits = f" for {fmt.duration(line.lost_s)}" if line.lost_s >= 1 else ""
            more = fmt.readable(line.message) or "Connecting again."
            text = f"No connection to {fmt.readable(line.host)}{waits}. The window shows the last known state."
            if text + more != self._shown:
                self._shown = text + more
                self.notice.report(text, more, level="bad" if line.over else "warn")
        for number, sentence in line.failures:
            if number > self._reported:
                self._reported = number
                self._faults.show(Fault(f"On {line.host}: {sentence}", "", level="warn"), "line")


def in_words(line: LineState) -> str:
    """The host, how long an answer takes, and how much comes; such as "gpu1, 23 ms, 1.2 MB/s"."""
    parts = [fmt.readable(line.host)]
    if not line.connected:
        parts.append("no connection")
    else:
        if line.latency_s is not None:
            parts.append(f"{fmt.milliseconds(1000 * line.latency_s)} ms")
        if line.bytes_per_s is not None:
            parts.append(f"{fmt.byte_size(round(line.bytes_per_s))}/s")
        if line.loading is not None and line.loading[0] < line.loading[1]:
            parts.append(f"an image: {fmt.byte_size(line.loading[0])} of {fmt.byte_size(line.loading[1])}")
    return ", ".join(parts)

"""File > Export: a report to send on, the plots' data, the session's numbers, and the window as it is."""

import time
from collections.abc import Callable
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import datetime
from functools import partial

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject
from PySide6.QtGui import QAction, QImage, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from inspector import __version__
from inspector import formatting as fmt
from inspector.colours import DARK, LIGHT
from inspector.files import write_atomically
from inspector.monitor.records import BatchView
from inspector.report.content import Content
from inspector.report.machine import machine_of
from inspector.report.numbers import series_csv, session_json
from inspector.session.protocol import Proofs, Session
from inspector.tuner.report import Report
from inspector.ui.background_job import BackgroundJob
from inspector.ui.plain_text import plain_text
from inspector.ui.widgets import ask_where_to_export

_PROVE_S = 3.0  # at most, for a batch of very many or very large images
_PROGRAM = f"inspector {__version__}"


class Exports(QObject):
    """`menu` offers them.

    Args:
        failed: gets a sentence.
        sweep: the open folder's last one.
    """

    def __init__(
        self,
        window: QWidget,
        session: Session,
        failed: Callable[[str], None],
        *,
        sweep: Callable[[], Report | None],
    ) -> None:
        super().__init__(window)
        self._window = window
        self._session = session
        self._failed = failed
        self._sweep = sweep
        self._background = BackgroundJob(self)
        self.menu = QMenu("Export", window)
        self.menu.setObjectName("exportMenu")
        self.menu.setToolTipsVisible(True)
        self._add(
            "exportReportAction", "Report as HTML…", "Ctrl+Shift+H", "A page to attach to a ticket", "HTML", "report"
        )
        self._add("exportPlotsAction", "Plots as CSV…", "Ctrl+Shift+P", "The last minute of both plots", "CSV", "plots")
        self._add("exportNumbersAction", "Numbers as JSON…", "Ctrl+Shift+J", "All figures", "JSON", "session")
        self._add("exportViewAction", "Window as PNG…", "Ctrl+Shift+G", "The window as it is now", "PNG", "window")

    def _add(self, object_name: str, words: str, keys: str, tip: str, kind: str, name: str) -> None:
        action = QAction(words, self._window)
        action.setObjectName(object_name)
        action.setShortcut(QKeySequence(keys))
        action.setToolTip(plain_text(f"{tip} ({action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)})"))
        action.setStatusTip(tip)
        action.triggered.connect(lambda: self._ask(kind, name))
        self._window.addAction(action)
        self.menu.addAction(action)

    def add_before(self, action: QAction) -> None:
        """Offer the exports in the menu that has `action`, above it."""
        for place in action.associatedObjects():
            if isinstance(place, QMenu):
                place.insertMenu(action, self.menu)
                place.insertSeparator(action)

    def _ask(self, kind: str, name: str) -> None:
        make = self._maker(kind)  # as it was when it was asked for; the dialog would be on the picture
        ask_where_to_export(self._window, kind, f"inspector-{name}", partial(self.write, make))

    def _maker(self, kind: str) -> Callable[[], str | bytes]:
        session = self._session
        match kind:
            case "HTML":
                content = self._content()
                held = session.pixels(content.view.key, 0) if content.view is not None else None
                return partial(_report, content, session, held)
            case "CSV":
                series = session.series()
                return partial(series_csv, series)
            case "JSON":
                snapshot, problems = session.snapshot(), session.problems()
                return partial(session_json, snapshot, problems, program=_PROGRAM)
            case _:
                picture = self._window.grab().toImage()
                return partial(_png, picture)

    def _content(self) -> Content:
        from inspector.report.training import training_section

        view = self._session.batch_view()
        return Content(
            written_at=datetime.now().astimezone(),
            program=_PROGRAM,
            snapshot=self._session.snapshot(),
            series=self._session.series(),
            problems=self._session.problems(),
            sweep=self._sweep(),
            view=view,
            proofs=self._session.proofs(view.key) if view is not None else (),
            training=training_section(self._session),
        )

    def write(self, make: Callable[[], str | bytes], file: str) -> None:
        """Write to `file` what `make` returns; both in a thread."""
        if self._background.busy:
            self._failed(f"{fmt.file_name(file)} was not written, as another export is still being written")
            return

        def job(_progress: object) -> None:
            write_atomically(file, make())

        self._background.start(job, lambda _none: None, self._failed)

    def stop(self) -> None:
        """Wait until nothing is being written."""
        self._background.stop()


def _report(content: Content, session: Session, _held: object) -> str:
    """While batches stream, most of one is not proved yet: that is made up for now, as far as time allows."""
    from inspector.report.page import page

    if content.view is not None and "proof" in session.capabilities:
        content = replace(content, proofs=_complete(content.view, content.proofs, session))
    return page(content, machine_of(session), asdict(LIGHT), asdict(DARK))


def _complete(view: BatchView, proofs: Proofs, session: Session) -> Proofs:
    completed = list(proofs)
    until_s: float | None = None  # the first one may have to wait for a process to start
    for position, proof in enumerate(proofs):
        left_s = until_s - time.monotonic() if until_s is not None else None
        if proof is None and (left_s is None or left_s > 0):
            future = session.second_look(view.key, position)
            with suppress(TimeoutError, CancelledError):
                look = future.result(left_s)
                completed[position] = look.proof if look is not None else None
            future.cancel()
            until_s = until_s or time.monotonic() + _PROVE_S
    return tuple(completed)


def _png(picture: QImage) -> bytes:
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not picture.save(buffer, "PNG"):  # type: ignore[call-overload]
        raise ValueError("the picture could not be written")
    return bytes(data.data())

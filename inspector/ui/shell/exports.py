"""File > Export: a report to send on, the plots' data, the session's numbers, and the window as it is."""

import contextlib
import os
import time
from collections.abc import Callable
from concurrent.futures import CancelledError
from dataclasses import asdict, replace
from datetime import datetime
from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from inspector import __version__
from inspector import formatting as fmt
from inspector.report.content import Content
from inspector.report.numbers import series_csv, session_json
from inspector.session.local import LocalSession
from inspector.session.protocol import Proofs
from inspector.session.records import BatchKey
from inspector.tuner.report import Report
from inspector.ui.background_job import BackgroundJob
from inspector.ui.theme import DARK, LIGHT
from inspector.ui.widgets import ask_where_to_export

Write = Callable[[str], None]  # to the file of that name
_PROVE_S = 3.0  # at most, for a batch of very many or very large images
_PROGRAM = f"inspector {__version__}"


class Exports(QObject):
    """`menu` offers them. Each is written beside its file first and then put in its place, so that none is cut short.

    Args:
        failed: gets a sentence.
        sweep: the open folder's last one.
    """

    def __init__(
        self,
        window: QWidget,
        session: LocalSession,
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
        action.setToolTip(f"{tip} ({action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)})")
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
        write = self._writer(kind)  # as it was when it was asked for; the dialog would be on the picture
        ask_where_to_export(self._window, kind, f"inspector-{name}", partial(self.write, write))

    def _writer(self, kind: str) -> Write:
        session = self._session
        match kind:
            case "HTML":
                content = self._content()
                return lambda file: _write_text(file, _report(content, session))
            case "CSV":
                series = session.series()
                return lambda file: _write_text(file, series_csv(series))
            case "JSON":
                snapshot, problems = session.snapshot(), session.problems()
                return lambda file: _write_text(file, session_json(snapshot, problems, program=_PROGRAM))
            case _:
                picture = self._window.grab().toImage()
                return lambda file: _check(picture.save(file, "PNG"))  # type: ignore[call-overload]

    def _content(self) -> Content:
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
        )

    def write(self, write: Write, file: str) -> None:
        """Write to `file` in a thread of its own."""
        if self._background.busy:
            self._failed(f"{fmt.file_name(file)} was not written, as another export is still being written")
            return

        def job(_progress: object) -> None:
            part = f"{file}.part"
            try:
                write(part)
                os.replace(part, file)
            except BaseException:
                if os.path.exists(part):
                    os.unlink(part)
                raise

        self._background.start(job, lambda _none: None, self._failed)

    def stop(self) -> None:
        """Wait until nothing is being written."""
        self._background.stop()


def _report(content: Content, session: LocalSession) -> str:
    """While batches stream, most of one is not proved yet: that is made up for now, as far as time allows."""
    from inspector.report.machine import findings  # the doctor takes 20 ms to import, which the start can do without
    from inspector.report.page import page

    if content.view is not None:
        content = replace(content, proofs=_completed(session, content.view.key, content.proofs))
    return page(content, findings(), asdict(LIGHT), asdict(DARK))


def _completed(session: LocalSession, batch: BatchKey, proofs: Proofs) -> Proofs:
    until_s = time.monotonic() + _PROVE_S
    completed = list(proofs)
    for position, proof in enumerate(proofs):
        if proof is None and (left_s := until_s - time.monotonic()) > 0:
            future = session.second_look(batch, position)
            with contextlib.suppress(TimeoutError, CancelledError):
                look = future.result(left_s)
                completed[position] = look.proof if look is not None else None
            future.cancel()
    return tuple(completed)


def _write_text(file: str, text: str) -> None:
    with open(file, "w", encoding="utf-8", errors="surrogateescape", newline="") as target:
        target.write(text)


def _check(written: bool) -> None:
    if not written:
        raise ValueError("the picture could not be written")

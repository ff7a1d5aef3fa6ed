"""Beside the table: all that is known of the selected file, or a summary where several are selected."""

from collections import Counter
from collections.abc import Sequence

from PySide6.QtGui import QFont, QFontDatabase, QFontMetrics, QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QTextEdit, QWidget

from inspector import formatting as fmt
from inspector.session.protocol import Session
from inspector.session.records import FileExamination, Problem, ProblemKind
from inspector.ui.future_watcher import FutureWatcher
from inspector.ui.problems.pictures import ProblemPictures
from inspector.ui.problems.report import Section, as_html, as_text, report
from inspector.ui.theme import Theme
from inspector.ui.widgets import scaled_font

PICTURES_SHARE = 0.38  # of the width, at most


class ProblemsDetails(QWidget):
    """Has one file examined at a time, and shows the result when it comes."""

    def __init__(self, theme: Theme, session: Session) -> None:
        super().__init__()
        self._theme = theme
        self._session = session
        self._can_examine = "examine" in session.capabilities
        self._pending = "being examined …" if self._can_examine else session.capabilities.reasons.get("examine", "")
        self._watcher = FutureWatcher(self)
        self._problem: Problem | None = None
        self._examination: FileExamination | None = None
        self._sections: list[Section] = []
        self._shown_columns = 16
        self.setObjectName("problemDetails")
        self._text = QTextEdit()
        self._text.setObjectName("problemText")
        self._text.setAccessibleName("Details of the selected file")
        self._text.setToolTip("Why this file cannot be loaded, what its bytes say, and what to do about it")
        self._text.setReadOnly(True)
        self._text.setTabChangesFocus(True)
        self._text.setUndoRedoEnabled(False)
        self._text.setFont(scaled_font(self._text.font(), 0.92))
        self._fixed = QFont(self._text.font())
        self._fixed.setFamily(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont).family())
        self._text.setFrameShape(QTextEdit.Shape.NoFrame)
        self._text.document().setDocumentMargin(0)
        self._pictures = ProblemPictures(theme)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 2)
        layout.setSpacing(8)
        layout.addWidget(self._text, 1)
        layout.addWidget(self._pictures)
        theme.changed.connect(self._write)

    def show_one(self, problem: Problem) -> None:
        """Show this file, if it is not the one that is shown."""
        if problem is not self._problem:
            self._problem, self._examination = problem, None
            self._pictures.show_examination(None)
            self._pictures.setVisible(self._can_examine)
            self._write()
            self.examine_again()

    def show_many(self, count: int, selected: Sequence[Problem]) -> None:
        """Summarise the selection; `selected`: the problems, or () where they are too many."""
        self._watcher.forget()
        self._problem = self._examination = None
        self._pictures.hide()
        size = f", {fmt.byte_size(sum(problem.file_bytes or 0 for problem in selected))}" if selected else ""
        kinds = Counter(problem.kind.value for problem in selected)
        lines = tuple(f"{number:,} {kind}" for kind, number in kinds.most_common())
        self._sections = [Section(f"{count:,} rows selected{size}", lines)]
        self._set_sections("info")

    def examine_again(self) -> None:
        """The file may have changed."""
        self._watcher.forget()
        if self._problem is not None and self._can_examine:
            self._watcher.watch(self._session.examine(self._problem.path), self._take)

    def stop(self) -> None:
        """Wait for no examination any more."""
        self._watcher.forget()

    def copy(self) -> None:
        """Put the details on the clipboard."""
        if self._problem is not None:
            sections = report(self._problem, self._examination, pending=self._pending)
            QGuiApplication.clipboard().setText(as_text(self._problem, sections))
        else:
            QGuiApplication.clipboard().setText(self._text.toPlainText())

    def _take(self, examination: FileExamination) -> None:
        self._examination = examination
        self._pictures.show_examination(examination)
        self._write()

    def _write(self) -> None:
        if self._problem is None:
            return
        self._shown_columns = self._columns()
        self._sections = report(self._problem, self._examination, self._shown_columns, pending=self._pending)
        self._set_sections("warn" if self._problem.kind is ProblemKind.DAMAGED else "bad")

    def _columns(self) -> int:
        """Bytes in a row of a dump: 16 where they fit, else 8."""
        room = self._text.viewport().width() - self._text.verticalScrollBar().sizeHint().width()
        return 16 if QFontMetrics(self._fixed).horizontalAdvance("0" * 75) <= room else 8

    def _set_sections(self, level: str) -> None:
        colours = self._theme.colours
        bar = self._text.verticalScrollBar()
        scrolled = bar.value()
        self._text.setHtml(as_html(self._sections, colours, colours.level(level), self._fixed.family()))
        bar.setValue(scrolled if self._examination is not None else 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wanted = 2 * (self.height() - 24) + 8  # squares as high as there is room
        self._pictures.setFixedWidth(max(120, min(wanted, round(self.width() * PICTURES_SHARE))))
        if self._columns() != self._shown_columns:
            self._write()

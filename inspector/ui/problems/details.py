"""Beside the table: all that is known of the selected file, or a summary where several are selected."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from PySide6.QtGui import QFont, QFontDatabase, QFontMetrics, QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QTextEdit, QWidget

from inspector import formatting as fmt
from inspector.formats.problems import Problem, ProblemKind
from inspector.ui.examination import FileExaminer
from inspector.ui.problems.pictures import ProblemPictures
from inspector.ui.problems.report import Section, as_html, as_text, report
from inspector.ui.theme import Theme
from inspector.ui.widgets import scaled_font

PICTURES_SHARE = 0.38  # of the width, at most


class ProblemsDetails(QWidget):
    """Asks the examination about one file at a time, and shows its answer when it comes."""

    def __init__(self, theme: Theme, examination: FileExaminer) -> None:
        super().__init__()
        self._theme = theme
        self._examination = examination
        self._problem: Problem | None = None
        self._answer: dict[str, Any] | None = None
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
        examination.answered.connect(self._take_answer)
        theme.changed.connect(self._write)

    def show_one(self, problem: Problem) -> None:
        """Show this file, if it is not the one that is shown."""
        if problem is not self._problem:
            self._problem, self._answer = problem, None
            self._pictures.show_answer(None)
            self._pictures.show()
            self._write()
            self._examination.ask_only(problem.path)

    def show_many(self, count: int, selected: Sequence[Problem]) -> None:
        """Sum up the selection; `selected`: the problems, or () where they are too many."""
        self._problem = self._answer = None
        self._pictures.hide()
        size = f", {fmt.byte_size(sum(problem.file_bytes or 0 for problem in selected))}" if selected else ""
        kinds = Counter(problem.kind.value for problem in selected)
        lines = tuple(f"{number:,} {kind}" for kind, number in kinds.most_common())
        self._sections = [Section(f"{count:,} rows selected{size}", lines)]
        self._set_sections("info")

    def look_again(self) -> None:
        """The file may have changed."""
        if self._problem is not None:
            self._examination.ask_only(self._problem.path)

    def copy(self) -> None:
        """Put the details on the clipboard."""
        if self._problem is not None:
            QGuiApplication.clipboard().setText(as_text(self._problem, report(self._problem, self._answer)))
        else:
            QGuiApplication.clipboard().setText(self._text.toPlainText())

    def _take_answer(self, path: str, answer: dict[str, Any]) -> None:
        if self._problem is not None and path == self._problem.path:
            self._answer = answer
            self._pictures.show_answer(answer)
            self._write()

    def _write(self) -> None:
        if self._problem is None:
            return
        self._shown_columns = self._columns()
        self._sections = report(self._problem, self._answer, self._shown_columns)
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
        bar.setValue(scrolled if self._answer is not None else 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wanted = 2 * (self.height() - 24) + 8  # squares as high as there is room
        self._pictures.setFixedWidth(max(120, min(wanted, round(self.width() * PICTURES_SHARE))))
        if self._columns() != self._shown_columns:
            self._write()

"""Beside the tabs, above the results: a filter, and the menu to export them."""

from functools import partial

from PySide6.QtCore import Signal, SignalInstance
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QToolButton, QWidget

from inspector.ui.key_filters import KeyFilters
from inspector.ui.shell.actions import MenuEntry, make_action
from inspector.ui.widgets import ask_where_to_export


class ScanBar(QWidget):
    """The controls beside the tabs."""

    filter_changed = Signal(str)
    file_chosen = Signal(str)  # to export to
    scores_file_chosen = Signal(str)  # to write the scores to
    clean_shards_wanted = Signal()

    def __init__(self, key_filters: KeyFilters) -> None:
        super().__init__()
        self._filter = QLineEdit()
        self._filter.setObjectName("scanFilter")
        self._filter.setAccessibleName("Filter what was found")
        self._filter.setToolTip("Show only rows whose file or reason contains this text")
        self._filter.setPlaceholderText("Filter by file or reason")
        self._filter.setClearButtonEnabled(True)
        self._filter.setFixedWidth(self.fontMetrics().averageCharWidth() * 28)
        self._filter.textChanged.connect(self.filter_changed)
        self._export = self._make_export(key_filters)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self._filter)
        row.addWidget(self._export)

    def clear_filter(self) -> None:
        """Show everything again."""
        self._filter.clear()

    def offer(self, *, filtering: bool, exporting: bool, has_shards: bool) -> None:
        """What can be done now. `has_shards`: what is open is tars or Parquet files."""
        self._filter.setEnabled(filtering)
        self._export.setEnabled(exporting)
        self._clean.setVisible(has_shards)

    def _make_export(self, key_filters: KeyFilters) -> QToolButton:
        menu = QMenu("Check all files", self)
        menu.setToolTipsVisible(True)
        for entry, kind, chosen in (
            (
                MenuEntry("scanCsv", "Export as CSV…", ("Ctrl+E",), "Write what was found as a table"),
                "CSV",
                self.file_chosen,
            ),
            (
                MenuEntry(
                    "scanHtml", "Export as HTML…", ("Ctrl+Alt+H",), "Write a page with a contact sheet of each finding"
                ),
                "HTML",
                self.file_chosen,
            ),
            (
                MenuEntry(
                    "scanJson",
                    "Export as JSON…",
                    ("Ctrl+Shift+E",),
                    "Write all of it; inspector scan --resume reads it",
                ),
                "JSON",
                self.file_chosen,
            ),
            (
                MenuEntry(
                    "scanScoresCsv", "Export scores as CSV…", ("Ctrl+Alt+S",), "Write what was measured of every image"
                ),
                "CSV",
                self.scores_file_chosen,
            ),
            (
                MenuEntry(
                    "scanScoresParquet", "Export scores as Parquet…", ("Ctrl+Alt+P",), "The same for pandas and Polars"
                ),
                "Parquet",
                self.scores_file_chosen,
            ),
            (
                MenuEntry(
                    "scanKeep",
                    "Write a list of what to keep…",
                    ("Ctrl+Alt+K",),
                    "Write the locations of the good samples, a line each: a list that can be opened as a folder is",
                ),
                "TXT",
                self.file_chosen,
            ),
        ):
            make_action(menu, entry).triggered.connect(partial(self._choose_file, kind, chosen))
        self._clean = make_action(
            menu,
            MenuEntry(
                "scanCleanShards",
                "Write clean shards to…",
                ("Ctrl+Alt+W",),
                "Write the good samples to new tars or Parquet files of the same names, in another folder",
            ),
        )
        self._clean.triggered.connect(lambda _checked=False: self.clean_shards_wanted.emit())
        button = QToolButton()
        button.setObjectName("scanExportButton")
        button.setAccessibleName("Export what was found")
        button.setToolTip("Write everything that was found to a file; a scan can be resumed from its JSON")
        button.setText("Export ▾")
        button.setMenu(menu)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setProperty("bar", True)
        key_filters.teach(button)
        return button

    def choose_list(self) -> None:
        """Ask where to write the list of what to keep."""
        self._choose_file("TXT", self.file_chosen)

    def _choose_file(self, kind: str, chosen: SignalInstance, _checked: bool = False) -> None:
        name, title = ("keep", "Write a list of what to keep") if kind == "TXT" else ("checked", "")
        ask_where_to_export(self, kind, "scores" if chosen is self.scores_file_chosen else name, chosen, title)

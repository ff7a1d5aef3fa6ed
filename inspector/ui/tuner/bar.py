"""What one does with a sweep: compare it with an earlier one, apply it, copy it as code, export it."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QMenu, QPushButton, QToolButton, QWidget

from inspector.session.records import Report
from inspector.ui.key_filters import KeyFilters
from inspector.ui.plain_text import plain_text
from inspector.ui.shell.actions import MenuEntry, make_action
from inspector.ui.tuner.recommendation_text import sweep_title
from inspector.ui.widgets import ask_where_to_export

NO_COMPARISON = "no comparison"


class TunerBar(QWidget):
    """The controls beside the tabs."""

    comparison_changed = Signal()
    apply_asked = Signal()
    copy_asked = Signal(int)  # 0: code for our Loader, 1: for PyTorch's DataLoader
    file_chosen = Signal(str)  # to export to

    def __init__(self, key_filters: KeyFilters) -> None:
        super().__init__()
        self._key_filters = key_filters
        self._earlier: Sequence[Report] = ()
        self._compare = QComboBox()
        self._compare.setObjectName("tunerEarlierCombo")
        self._compare.setAccessibleName("Earlier sweep to compare with")
        self._compare.setToolTip("Compare with an earlier sweep of this folder, which is drawn dashed")
        self._compare.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._compare.setMinimumContentsLength(22)
        self._compare.currentIndexChanged.connect(self.comparison_changed)
        key_filters.teach(self._compare)
        self._apply = bar_button(
            key_filters, "tunerApplyButton", "Apply", "Set the live session to this", self.apply_asked.emit
        )
        self._apply.setProperty("primary", True)
        self._copy = self._menu(
            "tunerCopyButton",
            "Copy as code ▾",
            "The recommendation as code to paste",
            (
                MenuEntry(
                    "tunerCopyLoader", "Copy for inspector's Loader", ("Ctrl+Shift+C",), "Copy code for our Loader"
                ),
                MenuEntry(
                    "tunerCopyTorch", "Copy for torch.utils.data.DataLoader", ("Ctrl+Alt+C",), "Copy code for PyTorch's"
                ),
            ),
            (lambda: self.copy_asked.emit(0), lambda: self.copy_asked.emit(1)),
        )
        self._export = self._menu(
            "tunerExportButton",
            "Export ▾",
            "Write the measurements into a file",
            (
                MenuEntry("tunerCsv", "Export as CSV…", ("Ctrl+E",), "Write what was measured as a table"),
                MenuEntry(
                    "tunerJson", "Export as JSON…", ("Ctrl+Shift+E",), "Write the whole report, to be read by programs"
                ),
                MenuEntry("tunerPng", "Export as PNG…", ("Ctrl+Alt+E",), "Write the picture of the curve"),
            ),
            tuple(partial(self._choose_file, kind) for kind in ("CSV", "JSON", "PNG")),
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        for widget in (self._compare, self._apply, self._copy, self._export):
            row.addWidget(widget)
        self.show_earlier(())

    def show_earlier(self, reports: Sequence[Report]) -> None:
        """Sweeps that one can compare with, newest first; the newest is chosen. Emits nothing."""
        self._earlier = reports
        self._compare.blockSignals(True)
        self._compare.clear()
        self._compare.addItem(NO_COMPARISON)
        self._compare.addItems([sweep_title(report) for report in reports])
        self._compare.setCurrentIndex(1 if reports else 0)
        self._compare.blockSignals(False)
        self._compare.setEnabled(bool(reports))

    def compared(self) -> Report | None:
        """The earlier sweep that is chosen."""
        number = self._compare.currentIndex()
        return self._earlier[number - 1] if 1 <= number <= len(self._earlier) else None

    def show_report(self, report: Report | None, *, changes_something: bool) -> None:
        """What can be done with `report`; None: there is none yet."""
        self._apply.setEnabled(changes_something)
        self._copy.setEnabled(report is not None and report.recommended is not None)
        for button in (self._apply, self._copy, self._export):
            button.setVisible(report is not None)

    def _menu(
        self, object_name: str, text: str, tip: str, entries: Sequence[MenuEntry], acts: Sequence[Callable[[], None]]
    ) -> QToolButton:
        """Its keys work while the button can be seen and used."""
        menu = QMenu("Tuner", self)
        menu.setToolTipsVisible(True)
        for entry, act in zip(entries, acts, strict=True):
            make_action(menu, entry).triggered.connect(lambda _checked=False, act=act: act())
        button = QToolButton()
        button.setObjectName(object_name)
        button.setAccessibleName(f"{text.rstrip(' ▾')}: tuner")
        button.setToolTip(plain_text(tip))
        button.setText(text)
        button.setMenu(menu)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setProperty("bar", True)
        self._key_filters.teach(button)
        return button

    def _choose_file(self, kind: str) -> None:
        ask_where_to_export(self, kind, "sweep", self.file_chosen)


def bar_button(key_filters: KeyFilters, object_name: str, text: str, tip: str, act: Callable[[], None]) -> QPushButton:
    """A button of the tuner that does `act`."""
    button = QPushButton(text)
    button.setObjectName(object_name)
    button.setAccessibleName(f"{text.rstrip('…')}: tuner")
    button.setToolTip(plain_text(tip))
    button.setProperty("bar", True)
    button.clicked.connect(lambda _checked=False: act())
    key_filters.teach(button)
    return button

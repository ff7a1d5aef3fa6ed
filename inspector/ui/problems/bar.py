"""Chooses which skipped files are shown, by kind and text; has the menu of what can be done."""

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QMenu, QToolButton, QWidget

from inspector.session.records import ProblemKind
from inspector.ui.key_filters import KeyFilters
from inspector.ui.problems.model import ProblemsModel


class ProblemsBar(QWidget):
    """Stands beside the tabs, above the table. The `frequent` actions are buttons, too."""

    def __init__(self, model: ProblemsModel, menu: QMenu, frequent: Sequence[QAction]) -> None:
        super().__init__()
        self._model = model
        self.kinds = QComboBox()
        self.kinds.setObjectName("problemsKindCombo")
        self.kinds.setAccessibleName("Kind of skipped files to show")
        self.kinds.setToolTip("Show only files with this kind of problem")
        self.kinds.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self._offered: list[tuple[str, ProblemKind | None]] = [("All kinds", None)]
        self.kinds.addItem("All kinds")
        self.kinds.currentIndexChanged.connect(lambda index: model.set_kind(self._offered[index][1]))
        self.filter = QLineEdit()
        self.filter.setObjectName("problemsFilter")
        self.filter.setAccessibleName("Filter the skipped files")
        self.filter.setToolTip("Show only files whose kind, name or reason contains this text")
        self.filter.setPlaceholderText("Filter by file or reason")
        self.filter.setClearButtonEnabled(True)
        self.filter.textChanged.connect(model.set_filter)
        self.menu_button = QToolButton()
        self.menu_button.setObjectName("problemsMenuButton")
        self.menu_button.setAccessibleName("Actions on skipped files")
        self.menu_button.setToolTip("Export, move aside, undo and more")
        self.menu_button.setText("Actions ▾")
        self.menu_button.setMenu(menu)
        self.menu_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu_button.setProperty("bar", True)
        self._button_of: dict[QAction, QToolButton] = {}
        self._buttons = QWidget()
        row = QHBoxLayout(self._buttons)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        key_filters = KeyFilters(self)
        for action in frequent:
            button = QToolButton()
            button.setDefaultAction(action)
            if not action.isVisible():
                button.hide()
            self._button_of[action] = button
            button.setProperty("bar", True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setAccessibleName(action.text())
            button.setObjectName(action.objectName().replace("Action", "Button"))
            key_filters.teach(button)
            row.addWidget(button)
        key_filters.teach(self.kinds)
        key_filters.teach(self.menu_button)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self.kinds)
        layout.addWidget(self.filter)
        layout.addWidget(self._buttons)
        layout.addWidget(self.menu_button)
        model.kinds_changed.connect(self._show_kinds)

    def show_one_of(self, shown: QAction, other: QAction) -> None:
        """One button in the place of another, of actions of which only one can be used."""
        for action in (shown, other):
            self._button_of[action].setVisible(action is shown and action.isVisible())

    def use_room(self, much: bool) -> None:
        """With little room, what the menu has is not shown a second time."""
        self._buttons.setVisible(much)
        self.filter.setFixedWidth(self.fontMetrics().averageCharWidth() * (36 if much else 26))

    def _show_kinds(self) -> None:
        """The kinds that there are, the most frequent first, with their counts."""
        wanted: list[tuple[str, ProblemKind | None]] = [(f"All kinds  {self._model.kinds.total():,}", None)]
        wanted += [(f"{kind.value}  {count:,}", kind) for kind, count in self._model.kinds.most_common() if count]
        if wanted == self._offered or self.kinds.view().isVisible():  # a list that is open stays as it is
            return
        chosen = self._offered[self.kinds.currentIndex()][1]
        self._offered = wanted
        with QSignalBlocker(self.kinds):
            self.kinds.clear()
            self.kinds.addItems([text for text, _ in wanted])
            row = next((row for row, (_, kind) in enumerate(wanted) if kind is chosen), 0)
            self.kinds.setCurrentIndex(row)
        if wanted[row][1] is not chosen:
            self._model.set_kind(None)

"""What a sample has beside its image: captions, targets, boxes, the other columns of a table, by name."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QWidget

from inspector.session.protocol import Fields
from inspector.ui.widgets import label


class FieldsPanel(QWidget):
    """A heading, and two columns: the field's name, and its value as text. Hidden where there are none."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("viewerFields")
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 6, 0, 0)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(1, 1)
        self._grid.addWidget(label("FIELDS", "section"), 0, 0, 1, 2)
        self._rows: list[tuple[QLabel, QLabel]] = []
        self.hide()

    def texts(self) -> dict[str, str]:
        """What is shown, by name."""
        return {name.text(): value.text() for name, value in self._rows if not value.isHidden()}

    def show_fields(self, fields: Fields) -> None:
        """In place of those before."""
        while len(self._rows) < len(fields):
            self._rows.append(self._add_row(len(self._rows) + 1))
        for number, (name, value) in enumerate(self._rows):
            shown = number < len(fields)
            for text, part in zip((name, value), fields[number] if shown else ("", ""), strict=True):
                text.setText(part)
                text.setVisible(shown)
            value.setAccessibleName(name.text() or "Field")
        self.setVisible(bool(fields))

    def _add_row(self, row: int) -> tuple[QLabel, QLabel]:
        name, value = label("", "dim"), label()
        value.setWordWrap(True)
        value.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._grid.addWidget(name, row, 0, Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(value, row, 1, Qt.AlignmentFlag.AlignTop)
        return name, value

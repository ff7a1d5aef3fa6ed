"""What a sweep and a check of all files are to do, as the user last ticked and typed it: remembered by the fields."""

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QDoubleSpinBox, QLineEdit, QSpinBox, QTreeWidget, QTreeWidgetItem, QWidget

from inspector.session.records import LIMITS
from inspector.ui.scan.options import limit_field

Choices = dict[str, bool | int | float | str | list[str]]
# Not the engines of a sweep: those follow the engine that is set.
_FIELDS = (
    "tunerBudgetSpin", "tunerBatchSizesEdit", "tunerPrefetchEdit", "tunerScaledCheck", "tunerTorchCheck",
    "tunerColdCheck", "scanSummary", *map(limit_field, LIMITS),
)  # fmt: skip


class RememberedChoices:
    """To be made while the fields are as for a new user, which is what `defaults` holds."""

    def __init__(self, window: QWidget) -> None:
        found = {name: window.findChild(QWidget, name) for name in _FIELDS}
        self._fields: dict[str, QWidget] = {name: field for name, field in found.items() if field is not None}
        self.defaults = self.capture()

    def capture(self) -> Choices:
        """As they are now, by name."""
        return {name: _value(field) for name, field in self._fields.items()}

    def apply(self, choices: Mapping[str, object]) -> None:
        """Make them so, where that can be understood; what `choices` does not contain stays as it is."""
        for name, value in choices.items():
            if name in self._fields:
                _set(self._fields[name], value)


def _value(field: QWidget) -> bool | int | float | str | list[str]:
    match field:
        case QCheckBox():
            return field.isChecked()
        case QSpinBox() | QDoubleSpinBox():
            return field.value()
        case QLineEdit():
            return field.text()
        case QTreeWidget():
            return [item.text(0) for item in _ticks(field) if item.checkState(0) == Qt.CheckState.Unchecked]
    raise TypeError(f"no value is known of {field}")


def _set(field: QWidget, value: object) -> None:
    match field, value:
        case QCheckBox(), bool():
            field.setChecked(value)
        case QSpinBox(), int() if not isinstance(value, bool):
            field.setValue(min(max(value, field.minimum()), field.maximum()))
        case QDoubleSpinBox(), int() | float() if not isinstance(value, bool) and value == value:  # a number
            field.setValue(min(max(value, field.minimum()), field.maximum()))
        case QLineEdit(), str():
            field.setText(value)
        case QTreeWidget(), list():
            for item in _ticks(field):
                ticked = item.text(0) not in value
                item.setCheckState(0, Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked)


def _ticks(tree: QTreeWidget) -> list[QTreeWidgetItem]:
    """The lines that can be ticked."""
    items = [tree.topLevelItem(number) for number in range(tree.topLevelItemCount())]
    return [item for item in items if item is not None and item.data(0, Qt.ItemDataRole.CheckStateRole) is not None]

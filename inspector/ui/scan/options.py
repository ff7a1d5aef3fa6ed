"""What a scan will do, and the limits of its checks: shown before it begins."""

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QCheckBox, QDoubleSpinBox, QGridLayout, QLineEdit, QSpinBox, QVBoxLayout, QWidget

from inspector.session.records import LIMITS, CheckLimit, CheckSettings
from inspector.ui.key_filters import KeyFilters
from inspector.ui.plain_text import plain_text
from inspector.ui.theme import enlarged
from inspector.ui.widgets import label

IDLE = (
    "Every file is read and decoded once, by as many workers as are set at the left. You will see which files cannot "
    "be loaded, and why; and what loads but spoils training, as far as it is ticked here. No file is changed. "
    "The live batches pause meanwhile, so that the check has the cores for itself."
)

_COLUMNS = 3  # of a limit: label, field, unit


def limit_field(name: str) -> str:
    """The object name of a limit's field."""
    return f"scan{name.title().replace('_', '')}Spin"


class ScanOptions(QWidget):
    """The page of options."""

    def __init__(self, key_filters: KeyFilters) -> None:
        super().__init__()
        text = label(IDLE, "dim")
        text.setObjectName("scanIdleLabel")
        text.setWordWrap(True)
        text.setMaximumWidth(enlarged(900))
        self._fields = {name: _field(name, limit) for name, limit in LIMITS.items()}
        limits = QGridLayout()
        limits.setHorizontalSpacing(6)
        limits.setVerticalSpacing(4)
        limits.setColumnMinimumWidth(_COLUMNS, 14)
        limits.setColumnStretch(2 * _COLUMNS, 1)
        self._splits = QLineEdit()
        self._splits.setObjectName("scanSplitsEdit")
        self._splits.setAccessibleName("Splits")
        self._splits.setPlaceholderText("train, val, test and the like")
        self._splits.setToolTip("Folders that are splits, with commas between them, the one for training first")
        key_filters.teach(self._splits)
        self._mirrored = QCheckBox("Mirror images are alike, too")
        self._mirrored.setObjectName("scanMirroredCheck")
        self._mirrored.setAccessibleName(self._mirrored.text())
        self._mirrored.setToolTip(
            "Near duplicates, leaks and conflicts may be mirror images, too; about 2 in 3 are found"
        )
        key_filters.teach(self._mirrored)
        half = -(-len(LIMITS) // 2)
        for number, (name, limit) in enumerate(LIMITS.items()):
            row, left = number % half, number // half * (_COLUMNS + 1)
            key_filters.teach(self._fields[name])
            limits.addWidget(label(limit.label), row, left)
            limits.addWidget(self._fields[name], row, left + 1)
            limits.addWidget(label(limit.unit, "dim"), row, left + 2)
        limits.addWidget(label("Leak: splits are the folders"), half, 0)
        limits.addWidget(self._splits, half, 1, 1, 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 4, 6, 4)
        column.setSpacing(10)
        column.addWidget(text)
        column.addLayout(limits)
        column.addWidget(self._mirrored)
        column.addStretch(1)

    def showEvent(self, event: QShowEvent) -> None:
        """The window's first layout comes before its style: Qt would leave the fields at the widths of then."""
        super().showEvent(event)
        if (layout := self.layout()) is not None:
            layout.invalidate()
            layout.activate()

    def check_settings(self, names: tuple[str, ...]) -> CheckSettings:
        """These checks, with the limits that are set."""
        limits = {name: field.value() for name, field in self._fields.items()}
        splits = tuple(name for part in self._splits.text().split(",") if (name := part.strip()))
        flags = {"scores": True, "mirrored": self._mirrored.isChecked()}
        return CheckSettings(names, splits=splits, **flags, **limits)  # type: ignore[arg-type]

    def show_limit(self, name: str, value: float) -> None:
        """A limit was moved after a scan; the next one begins with it."""
        field = self._fields[name]
        if isinstance(field, QSpinBox):
            field.setValue(round(value))
        else:
            field.setValue(value)


def _field(name: str, limit: CheckLimit) -> QSpinBox | QDoubleSpinBox:
    field: QSpinBox | QDoubleSpinBox
    if limit.whole:
        field = QSpinBox()
        field.setRange(int(limit.lowest), int(limit.highest))
        field.setValue(int(limit.default))
    else:
        field = QDoubleSpinBox()
        field.setDecimals(2)
        field.setRange(limit.lowest, limit.highest)
        field.setValue(limit.default)
    field.setObjectName(limit_field(name))
    field.setAccessibleName(limit.label)
    field.setToolTip(plain_text(limit.help[:1].upper() + limit.help[1:]))
    return field

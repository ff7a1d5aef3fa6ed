"""What a scan will do, and the limits of its checks: shown before it begins."""

from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QSpinBox, QVBoxLayout, QWidget

from inspector.session.records import CheckSettings
from inspector.ui.key_filters import KeyFilters
from inspector.ui.plain_text import plain_text
from inspector.ui.theme import enlarged
from inspector.ui.widgets import label

IDLE = (
    "Every file is read and decoded once, by as many workers as are set at the left. You will see which files cannot "
    "be loaded, and why; and what loads but spoils training, as far as it is ticked here. No file is changed. "
    "The live batches pause meanwhile, so that the check has the cores for itself."
)


class ScanOptions(QWidget):
    """The page of options."""

    def __init__(self, key_filters: KeyFilters) -> None:
        super().__init__()
        text = label(IDLE, "dim")
        text.setObjectName("scanIdleLabel")
        text.setWordWrap(True)
        text.setMaximumWidth(enlarged(900))
        default = CheckSettings.without()
        self._min_side = QSpinBox()
        self._min_side.setRange(1, 100_000)
        self._min_side.setValue(default.min_side)
        self._min_side.setSuffix(" pixels")
        self._max_aspect = QDoubleSpinBox()
        self._max_aspect.setRange(1, 1000)
        self._max_aspect.setDecimals(1)
        self._max_aspect.setValue(default.max_aspect)
        limits = QHBoxLayout()
        limits.setSpacing(6)
        for name, field, object_name, tip in (
            ("Very small: a side under", self._min_side, "scanMinSideSpin", "Smallest side that is not remarkable"),
            (
                "Extreme shape: one side over",
                self._max_aspect,
                "scanMaxAspectSpin",
                "Largest ordinary ratio of the sides",
            ),
        ):
            field.setObjectName(object_name)
            field.setAccessibleName(name)
            field.setToolTip(plain_text(tip))
            key_filters.teach(field)
            limits.addWidget(label(name))
            limits.addWidget(field)
            limits.addSpacing(14 if field is self._min_side else 0)
        limits.addWidget(label("times the other"))
        limits.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 4, 6, 4)
        column.setSpacing(10)
        column.addWidget(text)
        column.addLayout(limits)
        column.addStretch(1)

    def check_settings(self, names: tuple[str, ...]) -> CheckSettings:
        """These checks, with the limits that are set."""
        return CheckSettings(names, self._min_side.value(), self._max_aspect.value())

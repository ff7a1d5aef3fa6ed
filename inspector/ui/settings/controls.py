"""A control for each kind of setting, made from what the table says of it."""

from math import log2
from typing import Any

from PySide6.QtCore import QObject, QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QLineEdit,
    QSizePolicy,
    QSlider,
    QSpinBox,
    QWidget,
)

from inspector import formatting as fmt
from inspector.settings import PanelControl, Setting, Slider
from inspector.ui.plain_text import plain_text

TYPING_RESTS_MS = 900  # a typed number applies on Enter, on leaving the box, or after this rest
LARGEST_SPIN = 2**31 - 1
_SLIDER_STEPS_PER_DOUBLING = 16


class SettingControl(QObject):
    """The widgets of one setting.

    Attributes:
        setting: what it is for.
        field: beside the label. slider: below them, or None.
    """

    changed = Signal(object)  # by the user: the new value
    refused = Signal(str)  # a sentence: what was typed is no value
    field: QWidget
    slider: QSlider | None = None

    def __init__(self, setting: Setting, place: PanelControl) -> None:
        super().__init__()
        self.setting = setting
        self.place = place

    def show_value(self, value: Any) -> None:
        """Show a value that was set elsewhere, without passing it on again."""
        raise NotImplementedError

    def make_read_only(self, reason: str) -> None:
        """It shows values, and takes none; `reason`: a sentence."""
        for widget in filter(None, (self.field, self.slider)):
            widget.setEnabled(False)
            widget.setToolTip(plain_text(reason))


class FlagControl(SettingControl):
    """A check box."""

    def __init__(self, setting: Setting, place: PanelControl) -> None:
        super().__init__(setting, place)
        self.field = self._box = QCheckBox()
        self._box.toggled.connect(self.changed.emit)

    def show_value(self, value: bool) -> None:
        with QSignalBlocker(self._box):
            self._box.setChecked(value)


class ChoiceControl(SettingControl):
    """A list of all the values that there are."""

    def __init__(self, setting: Setting, place: PanelControl) -> None:
        super().__init__(setting, place)
        self.field = self._combo = QComboBox()
        self._combo.addItems(setting.choices)
        self._combo.currentTextChanged.connect(self.changed.emit)

    def show_value(self, value: str) -> None:
        with QSignalBlocker(self._combo):
            self._combo.setCurrentText(value)


class SizeControl(SettingControl):
    """A list of image sizes, where others can be typed."""

    def __init__(self, setting: Setting, place: PanelControl) -> None:
        super().__init__(setting, place)
        self.field = self._combo = QComboBox()
        self._shown: object = ()
        self._text = QLineEdit()
        self._combo.addItems([setting.text(size) for size in place.suggestions])
        self._combo.setEditable(True)
        self._combo.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self._combo.activated.connect(self._read)
        self._combo.setLineEdit(self._text)
        self._text.editingFinished.connect(self._read)

    def show_value(self, value: tuple[int, int] | None) -> None:
        self._shown = value
        with QSignalBlocker(self._combo):
            self._combo.setCurrentText(self.setting.text(value))

    def _read(self) -> None:
        try:
            size = fmt.parse_image_size(self._combo.currentText())
        except ValueError as error:
            self.refused.emit(str(error))
            return
        if size != self._shown:
            self._shown = size
            self.changed.emit(size)
        self._text.setText(self.setting.text(size))


class WholeControl(SettingControl):
    """A spin box, and perhaps a slider."""

    def __init__(self, setting: Setting, place: PanelControl) -> None:
        super().__init__(setting, place)
        self.field = self._spin = QSpinBox()
        self._low = int(setting.low or 0)
        self._spin.setRange(self._low, min(int(_highest(setting, place)), LARGEST_SPIN))
        self._spin.setSingleStep(place.step)
        self._spin.setSuffix(f" {setting.unit}" if setting.unit else "")
        self._spin.setSizePolicy(QSizePolicy.Policy.Ignored, self._spin.sizePolicy().verticalPolicy())
        self._spin.valueChanged.connect(self.changed.emit)
        _apply_when_typing_rests(self._spin)
        if place.slider is not None:
            self.slider = self._make_slider(place.slider)
            self._spin.valueChanged.connect(self._follow)

    def show_value(self, value: int) -> None:
        too_large = value > self._spin.maximum()  # more than a Qt spin box can count to: shown as a text
        with QSignalBlocker(self._spin):
            self._spin.setMinimum(self._low - 1 if too_large else self._low)
            self._spin.setSpecialValueText(str(value) if too_large else "")
            self._spin.setValue(self._low - 1 if too_large else value)
        self._follow(value)

    def _make_slider(self, reach: Slider) -> QSlider:
        slider = QSlider(Qt.Orientation.Horizontal)
        steps = (_SLIDER_STEPS_PER_DOUBLING,) * 2 if reach.doubling else (1, 8)
        slider.setRange(0, self._position(reach.high))
        slider.setSingleStep(steps[0])
        slider.setPageStep(steps[1])
        slider.valueChanged.connect(self._on_slider)
        return slider

    def _position(self, value: int) -> int:
        """Of the slider, for a value."""
        assert self.place.slider is not None
        return round(log2(max(value, 1)) * _SLIDER_STEPS_PER_DOUBLING) if self.place.slider.doubling else value

    def _on_slider(self, position: int) -> None:
        assert self.place.slider is not None
        if not self.place.slider.doubling:
            self._spin.setValue(position)
        elif position != self._position(self._spin.value()):
            self._spin.setValue(round(2 ** (position / _SLIDER_STEPS_PER_DOUBLING)))

    def _follow(self, value: int) -> None:
        """Put the slider where the value is, which may be beyond its end, and must not be turned back to that."""
        if self.slider is None or self.place.slider is None:
            return
        if self.place.slider.doubling and self.slider.isSliderDown():  # several positions mean the same small number
            return
        with QSignalBlocker(self.slider):
            self.slider.setValue(self._position(value))


class _PlainDoubleSpin(QDoubleSpinBox):
    """Writes 12, not 12.00."""

    def textFromValue(self, value: float) -> str:
        return f"{value:.2f}".rstrip("0").rstrip(".")


class NumberControl(SettingControl):
    """A spin box for a number with two decimals."""

    def __init__(self, setting: Setting, place: PanelControl) -> None:
        super().__init__(setting, place)
        self.field = self._spin = _PlainDoubleSpin()
        self._spin.setRange(setting.low or 0, _highest(setting, place))
        self._spin.setSuffix(f" {setting.unit}" if setting.unit else "")
        self._spin.setDecimals(2)
        self._spin.valueChanged.connect(self.changed.emit)
        _apply_when_typing_rests(self._spin)

    def show_value(self, value: float) -> None:
        with QSignalBlocker(self._spin):
            self._spin.setValue(value)


_CONTROLS: dict[str, type[SettingControl]] = {
    "flag": FlagControl, "choice": ChoiceControl, "size": SizeControl, "whole": WholeControl, "number": NumberControl,
}  # fmt: skip


def make_control(setting: Setting, place: PanelControl) -> SettingControl:
    """What changes the setting."""
    return _CONTROLS[setting.kind](setting, place)


def _highest(setting: Setting, place: PanelControl) -> float:
    limits = [limit for limit in (setting.high, place.high) if limit is not None]
    return min(limits, default=LARGEST_SPIN)


def _apply_when_typing_rests(spin: QAbstractSpinBox) -> None:
    """Arrows apply at once; typing only when it rests: on its way to 128 it must not try 1 and 12."""
    spin.setKeyboardTracking(False)
    rest = QTimer(spin, singleShot=True, interval=TYPING_RESTS_MS)
    rest.timeout.connect(lambda: spin.interpretText() if spin.hasAcceptableInput() else None)
    spin.lineEdit().textEdited.connect(lambda _text: rest.start())
    spin.editingFinished.connect(rest.stop)

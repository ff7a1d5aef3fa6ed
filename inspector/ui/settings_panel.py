"""The settings at the left, grouped. Every change is passed on at once; the session coalesces."""

from math import log2
from typing import Any, get_args

from PySide6.QtCore import QElapsedTimer, QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFrame,
    QGridLayout,
    QLineEdit,
    QScrollArea,
    QSlider,
    QSpinBox,
    QWidget,
)

from inspector import formatting as fmt
from inspector.settings import MAX_BATCH_SIZE, MAX_WORKERS, Decode, DType, Engine, LoaderConfig, OnDamaged
from inspector.ui.key_filters import KeyFilters
from inspector.ui.theme import enlarged
from inspector.ui.widgets import Card, label

SLIDER_WORKERS = 64
SLIDER_BATCH_SIZE = 4096
SLIDER_STEPS_PER_DOUBLING = 16
TYPING_RESTS_MS = 900  # a typed number applies on Enter, on leaving the box, or after this rest
OWN_CHANGE_MS = 300  # a snapshot taken before the user's last change must not turn it back
LARGEST_SPIN = 2**31 - 1
IMAGE_SIZES = ("native", "224 × 224", "256 × 256", "384 × 384", "512 × 512")


class PlainDoubleSpin(QDoubleSpinBox):
    """Writes 12, not 12.00."""

    def textFromValue(self, value: float) -> str:
        return f"{value:.2f}".rstrip("0").rstrip(".")


class SettingsPanel(Card):
    """Shows the settings asked for last, and emits `changed(name, value)` for each that the user changes."""

    changed = Signal(str, object)

    def __init__(self) -> None:
        super().__init__()
        self.column.setContentsMargins(1, 1, 1, 1)
        self._shown: dict[str, Any] = {}
        self._since_own_change = QElapsedTimer()
        self._manners = KeyFilters(self)
        self._grid = QGridLayout()
        self._grid.setContentsMargins(11, 8, 11, 10)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(7)
        self._grid.setColumnStretch(0, 1)
        self._build()
        page = QWidget()
        page.setLayout(self._grid)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(page)
        self._scroll = scroll
        self.setFocusProxy(self._workers)
        self.column.addWidget(scroll)

    def minimumSizeHint(self) -> QSize:
        bar = self._scroll.verticalScrollBar().sizeHint().width()
        page = self._scroll.widget()
        return QSize((page.minimumSizeHint().width() if page else 180) + bar + 2, 120)

    def sizeHint(self) -> QSize:
        return QSize(self.minimumSizeHint().width() + 8, 560)

    def show_settings(self, settings: LoaderConfig, step_ms: float) -> None:
        """Bring the widgets up to date with settings that were changed elsewhere; costs nothing when none was."""
        if self._since_own_change.isValid() and not self._since_own_change.hasExpired(OWN_CHANGE_MS):
            return
        values = {
            "num_workers": settings.num_workers, "batch_size": settings.batch_size, "seed": settings.seed,
            "prefetch_batches": settings.prefetch_batches, "engine": settings.engine, "dtype": settings.dtype,
            "image_size": settings.image_size, "on_damaged": settings.on_damaged, "shuffle": settings.shuffle,
            "decode": settings.decode, "deliver_bgr": settings.deliver_bgr, "step_ms": step_ms,
        }  # fmt: skip
        for name, value in values.items():
            if name not in self._shown or self._shown[name] != value:
                self._shown[name] = value
                self._write(name, value)

    def show_error(self, sentence: str) -> None:
        """A setting that cannot work, said below the groups; "" when all is well."""
        self._error.setText(sentence)
        self._error.setVisible(bool(sentence))
        if sentence:
            self._shown.clear()  # the widgets go back to what is in use
            self._since_own_change.invalidate()
            self._scroll.ensureWidgetVisible(self._error)

    def _build(self) -> None:
        self._section("LOADER")
        self._workers = self._spin("num_workers", "workersSpin", "Workers", 0, MAX_WORKERS, TIPS["num_workers"])
        self._workers_slider = self._slider(
            "workersSlider", "Workers, slider", SLIDER_WORKERS, 1, 8, TIPS["num_workers"]
        )
        self._workers_slider.valueChanged.connect(self._workers.setValue)
        self._batch = self._spin("batch_size", "batchSizeSpin", "Batch size", 1, MAX_BATCH_SIZE, TIPS["batch_size"])
        steps = SLIDER_STEPS_PER_DOUBLING
        self._batch_slider = self._slider(
            "batchSizeSlider",
            "Batch size, slider",
            _slider_position(SLIDER_BATCH_SIZE),
            steps,
            steps,
            TIPS["batch_size"],
        )
        self._batch_slider.valueChanged.connect(self._on_batch_slider)
        self._workers.valueChanged.connect(self._follow_workers)
        self._batch.valueChanged.connect(self._follow_batch)
        self._prefetch = self._spin("prefetch_batches", "prefetchSpin", "Prefetch", 1, 1024, TIPS["prefetch_batches"])
        self._engine = self._choice("engine", "engineCombo", "Engine", get_args(Engine), TIPS["engine"])
        self._section("IMAGES")
        self._size = self._choice("image_size", "imageSizeCombo", "Size", IMAGE_SIZES, TIPS["image_size"])
        self._size.setEditable(True)
        self._size.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self._size.activated.connect(self._on_size)
        self._size_text = QLineEdit()
        self._size.setLineEdit(self._size_text)
        self._size_text.editingFinished.connect(self._on_size)
        self._decode = self._choice("decode", "decodeCombo", "Decode", get_args(Decode), TIPS["decode"])
        self._dtype = self._choice("dtype", "dtypeCombo", "Type", get_args(DType), TIPS["dtype"])
        self._damaged = self._choice("on_damaged", "damagedCombo", "Damaged", get_args(OnDamaged), TIPS["on_damaged"])
        self._bgr = QCheckBox()
        self._bgr.toggled.connect(lambda on: self._emit("deliver_bgr", on))
        self._row("Deliver BGR", self._bgr, "deliverBgrCheck", TIPS["deliver_bgr"])
        self._section("ORDER")
        self._shuffle = QCheckBox()
        self._shuffle.toggled.connect(lambda on: self._emit("shuffle", on))
        self._row("Shuffle", self._shuffle, "shuffleCheck", TIPS["shuffle"])
        self._seed = self._spin("seed", "seedSpin", "Seed", 0, LARGEST_SPIN, TIPS["seed"])
        self._section("TRAINING STEP")
        self._step = PlainDoubleSpin()
        self._step.setRange(0, 60_000)
        self._step.setSuffix(" ms")
        self._step.setDecimals(2)
        self._step.valueChanged.connect(lambda value: self._emit("step_ms", value))
        self._typed(self._step)
        self._row("Step", self._step, "stepSpin", TIPS["step_ms"])
        self._wide(label("0: as fast as possible", "dim"))
        self._error = label("", "error")
        self._error.setObjectName("settingsErrorLabel")
        self._error.setWordWrap(True)
        self._error.hide()
        self._wide(self._error)
        self._grid.setRowStretch(self._grid.rowCount(), 1)

    def _section(self, title: str) -> None:
        heading = label(title, "section")
        if self._grid.rowCount() > 1:
            heading.setContentsMargins(0, 9, 0, 0)
        self._wide(heading)

    def _wide(self, widget: QWidget) -> None:
        self._grid.addWidget(widget, self._grid.rowCount(), 0, 1, 2)

    def _row(self, name: str, field: QWidget, object_name: str, tip: str) -> None:
        field.setObjectName(object_name)
        field.setAccessibleName(name)
        field.setToolTip(tip)
        field.setMinimumWidth(field.fontMetrics().horizontalAdvance("processes") + enlarged(42))
        title = label(name)
        title.setToolTip(tip)
        title.setBuddy(field)
        row = self._grid.rowCount()
        self._grid.addWidget(title, row, 0)
        self._grid.addWidget(field, row, 1)
        self._manners.teach(field)

    def _spin(self, setting: str, object_name: str, name: str, low: int, high: int, tip: str) -> QSpinBox:
        spin = QSpinBox()
        spin.setRange(low, high)
        spin.setSizePolicy(spin.sizePolicy().horizontalPolicy().Ignored, spin.sizePolicy().verticalPolicy())
        spin.valueChanged.connect(lambda value: self._emit(setting, value))
        self._typed(spin)
        self._row(name, spin, object_name, tip)
        return spin

    def _typed(self, spin: QAbstractSpinBox) -> None:
        """Arrows apply at once; typing only when it rests: on its way to 128 it must not try 1 and 12."""
        spin.setKeyboardTracking(False)
        rest = QTimer(spin, singleShot=True, interval=TYPING_RESTS_MS)
        rest.timeout.connect(lambda: spin.interpretText() if spin.hasAcceptableInput() else None)
        spin.lineEdit().textEdited.connect(lambda _text: rest.start())
        spin.editingFinished.connect(rest.stop)

    def _slider(self, object_name: str, name: str, maximum: int, single: int, page: int, tip: str) -> QSlider:
        slider = QSlider(Qt.Orientation.Horizontal)
        slider.setObjectName(object_name)
        slider.setAccessibleName(name)
        slider.setToolTip(tip)
        slider.setRange(0, maximum)
        slider.setSingleStep(single)
        slider.setPageStep(page)
        self._manners.teach(slider)
        self._wide(slider)
        return slider

    def _choice(self, setting: str, object_name: str, name: str, options: tuple[str, ...], tip: str) -> QComboBox:
        combo = QComboBox()
        combo.addItems(options)
        if setting != "image_size":
            combo.currentTextChanged.connect(lambda text: self._emit(setting, text))
        self._row(name, combo, object_name, tip)
        return combo

    def _on_batch_slider(self, position: int) -> None:
        if position != _slider_position(self._batch.value()):
            self._batch.setValue(round(2 ** (position / SLIDER_STEPS_PER_DOUBLING)))

    def _follow_workers(self, value: int) -> None:
        self._workers_slider.blockSignals(True)  # 65 and more must not be turned back to 64
        self._workers_slider.setValue(value)
        self._workers_slider.blockSignals(False)

    def _follow_batch(self, value: int) -> None:
        if not self._batch_slider.isSliderDown():  # several positions mean the same small number
            self._batch_slider.blockSignals(True)
            self._batch_slider.setValue(_slider_position(value))
            self._batch_slider.blockSignals(False)

    def _on_size(self) -> None:
        try:
            size = fmt.parse_image_size(self._size.currentText())
        except ValueError as error:
            self.show_error(str(error))
            return
        if size != self._shown.get("image_size", ()):
            self._emit("image_size", size)
        self._size_text.setText(fmt.image_size(size))

    def _emit(self, name: str, value: object) -> None:
        self._shown[name] = value
        self._since_own_change.start()
        self.changed.emit(name, value)

    def _write(self, name: str, value: Any) -> None:
        """Set a widget without passing the value on again."""
        widget = {
            "num_workers": self._workers, "batch_size": self._batch, "prefetch_batches": self._prefetch,
            "engine": self._engine, "image_size": self._size, "dtype": self._dtype, "on_damaged": self._damaged,
            "decode": self._decode, "deliver_bgr": self._bgr, "shuffle": self._shuffle, "seed": self._seed,
            "step_ms": self._step,
        }[name]  # fmt: skip
        widget.blockSignals(True)
        if isinstance(widget, QComboBox):
            widget.setCurrentText(fmt.image_size(value) if name == "image_size" else str(value))
        elif isinstance(widget, QCheckBox):
            widget.setChecked(value)
        elif name == "seed" and value > LARGEST_SPIN:  # more than a Qt spin box can count to: shown as a text
            self._seed.setMinimum(-1)
            self._seed.setSpecialValueText(str(value))
            self._seed.setValue(-1)
        elif isinstance(widget, (QSpinBox, QDoubleSpinBox)):
            widget.setValue(value)
        widget.blockSignals(False)
        if name == "num_workers":
            self._follow_workers(value)
        elif name == "batch_size":
            self._follow_batch(value)


def _slider_position(batch_size: int) -> int:
    return round(log2(max(batch_size, 1)) * SLIDER_STEPS_PER_DOUBLING)


TIPS = {
    "num_workers": "num_workers: processes that read and decode; 0 loads in the consumer's own thread. Works live.",
    "batch_size": "batch_size: images in a batch. Takes effect from the next batch.",
    "prefetch_batches": "prefetch: complete batches that may wait for the consumer; the ceiling of the queue.",
    "engine": "What a worker is: a process, a thread, or none (serial). Works live.",
    "image_size": "height × width in pixels that images are resized to, or native. Your own can be typed: 224x160.",
    "decode": "scaled: a JPEG much larger than the size is decoded at a fraction of its own, which is faster and "
    "changes pixels a little. Starts again at epoch 0.",
    "dtype": "dtype of the batch: uint8, or float32 with the same range 0 to 255.",
    "on_damaged": "A file that decodes, but with wrong bytes inside: skip it, or keep it and mark it in the batch.",
    "deliver_bgr": "To see what wrong looks like: exchanges red and blue in what is delivered, as if the conversion\n"
    "from BGR had been forgotten. The proof of the colours must find it. Starts again at epoch 0.",
    "shuffle": "A new order every epoch, made from the seed. Starts again at epoch 0.",
    "seed": "Makes order and augmentation repeatable. Starts again at epoch 0.",
    "step_ms": "The time that a simulated training step takes for each batch; 0 takes batches as fast as possible.",
}  # fmt: skip

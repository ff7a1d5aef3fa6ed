"""The panel at the left, in place of settings: the training, its loaders, its time, and what to write instead."""

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QGridLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from inspector import formatting as fmt
from inspector.session.training import GpuUse, LoaderRow, TrainingControl, TrainingState
from inspector.ui.key_filters import KeyFilters
from inspector.ui.plain_text import plain_text
from inspector.ui.theme import Theme, enlarged
from inspector.ui.training.process_bar import ProcessBar
from inspector.ui.training.time_strip import PARTS, TimeStrip, seconds_of
from inspector.ui.widgets import Card, LiveText, fixed_font, label, scaled_font

WIDTH_PX = 224


class TrainingPanel(Card):
    """Asks `training` for a loader's figures where the user chooses one; `chosen` is called after that."""

    def __init__(self, theme: Theme, training: TrainingControl, chosen: Callable[[], None]) -> None:
        super().__init__()
        self._training, self._chosen = training, chosen
        self._key_filters = KeyFilters(self)
        self._line_text = ""
        self.setObjectName("trainingPanel")
        self.column.setContentsMargins(1, 1, 1, 1)
        page = QWidget()
        column = self._column = QVBoxLayout(page)
        column.setContentsMargins(11, 8, 11, 10)
        column.setSpacing(5)
        self._command = LiveText(self.font())
        self._command.setObjectName("trainingCommand")
        self._command.setAccessibleName("The command that is watched")
        self._state = self._wrapped("trainingState", "Whether the training runs")
        process = training.process
        self.process = ProcessBar(process) if process is not None and process.by_window else None
        self._add("TRAINING", self._command, self._state, *([self.process] if self.process is not None else []))
        self._combo = QComboBox()
        self._combo.setObjectName("loaderCombo")
        self._combo.setAccessibleName("DataLoader to show")
        self._combo.setPlaceholderText("None so far")
        self._combo.setToolTip("Whose batches, figures and workers are shown")
        self._combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._combo.setMinimumContentsLength(8)
        self._combo.activated.connect(self._choose)
        self._key_filters.teach(self._combo)
        self._site = LiveText(scaled_font(self.font(), 0.9))
        self._site.setObjectName("loaderSite")
        self._site.setAccessibleName("Where the loader is iterated")
        self._add("DATALOADER", self._combo, self._site)
        self._strip = TimeStrip(theme)
        self._times = [self._figure(f"{name} time", tip) for name, _, tip in PARTS]
        self._add(
            "TIME",
            self._strip,
            self._grid([(name, value) for (name, *_), value in zip(PARTS, self._times, strict=True)]),
        )
        self._gpu_heading = _heading("GPU")
        self._gpu = self._wrapped("gpuLabel", "GPU utilisation and memory")
        column.addWidget(self._gpu_heading)
        column.addWidget(self._gpu)
        self._advice_heading = _heading("ADVICE")
        self._advice = self._wrapped("adviceLabel", "What to change")
        self._line = self._wrapped("adviceLine", "The line to write")
        self._line.setFont(fixed_font(scaled_font(self.font(), 0.9)))
        self._line.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._copy = QPushButton("Copy line")
        self._copy.setObjectName("copyLineButton")
        self._copy.setAccessibleName("Copy the line to write")
        self._copy.setToolTip("Put the recommended arguments on the clipboard")
        self._copy.setProperty("bar", True)
        self._copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._line_text))
        self._key_filters.teach(self._copy)
        for widget in (self._advice_heading, self._advice, self._line, self._copy):
            column.addWidget(widget)
        self._settings_heading = _heading("ITS SETTINGS")
        self._settings = QGridLayout()
        self._settings.setHorizontalSpacing(8)
        self._settings.setVerticalSpacing(3)
        self._settings.setColumnStretch(1, 1)
        self._setting_values: dict[str, LiveText] = {}
        column.addWidget(self._settings_heading)
        column.addLayout(self._settings)
        self._notes_heading = _heading("TO KNOW")
        self._notes = self._wrapped("trainingNotes", "Notes on these figures")
        column.addWidget(self._notes_heading)
        column.addWidget(self._notes)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(page)
        self.column.addWidget(scroll)
        self.setFocusProxy(self._combo)
        self._keys: tuple[tuple[str, str], ...] = ()
        self.show_state(training.state())

    def sizeHint(self) -> QSize:
        return QSize(enlarged(WIDTH_PX) + 8, 560)

    def minimumSizeHint(self) -> QSize:
        return QSize(enlarged(WIDTH_PX - 24), 120)

    # --- putting together ------------------------------------------------------------------------------------

    def _add(self, heading: str, *parts: QWidget) -> None:
        self._column.addWidget(_heading(heading) if self._column.count() else label(heading, "section"))
        for part in parts:
            self._column.addWidget(part)

    def _wrapped(self, name: str, accessible: str) -> QLabel:
        made = label()
        made.setObjectName(name)
        made.setAccessibleName(accessible)
        made.setWordWrap(True)
        made.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        return made

    def _figure(self, accessible: str, tip: str) -> LiveText:
        made = LiveText(self.font())
        made.setAccessibleName(accessible)
        made.setToolTip(plain_text(tip))
        return made

    def _grid(self, rows: list[tuple[str, LiveText]]) -> QWidget:
        made = QWidget()
        grid = QGridLayout(made)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(1, 1)
        for row, (name, value) in enumerate(rows):
            grid.addWidget(label(name, "dim"), row, 0)
            grid.addWidget(value, row, 1)
        return made

    # --- records in ------------------------------------------------------------------------------------------

    def show_state(self, state: TrainingState) -> None:
        """Bring it up to date; a label is laid out again only where its text changes."""
        self._command.show_text(fmt.readable(state.command))
        runs = f"Running, {fmt.duration(state.elapsed_s)}." if state.loaders else "Started; no DataLoader seen so far."
        _set(self._state, state.ended or runs)
        if self.process is not None:
            self.process.show_state()
        self._show_loaders(state)
        loader = state.loader
        self._strip.show_loader(loader)
        self._show_times(loader)
        gpus = "\n".join(_gpu_in_words(gpu) for gpu in state.gpus)
        _set(self._gpu, gpus)
        _set(self._advice, state.advice)
        self._line_text = state.line
        _set(self._line, _broken(state.line))
        for widget in (self._gpu_heading, self._gpu):
            widget.setVisible(bool(gpus))
        for widget in (self._advice_heading, self._advice):
            widget.setVisible(bool(state.advice))
        for line in (self._line, self._copy):
            line.setVisible(bool(state.line))
        self._show_settings(loader)
        _set(self._notes, "\n".join(state.notes))
        self._notes_heading.setVisible(bool(state.notes))

    def _show_loaders(self, state: TrainingState) -> None:
        keys = tuple((loader.key, loader_name(loader)) for loader in state.loaders)
        if keys != self._keys and not self._combo.view().isVisible():
            self._keys = keys
            self._combo.clear()
            for key, name in keys:
                self._combo.addItem(name, key)
        self._combo.setEnabled(len(keys) > 1)
        if not self._combo.view().isVisible():
            self._combo.setCurrentIndex(self._combo.findData(state.shown))
        loader = state.loader
        self._site.show_text(
            "", fmt.file_name(loader.site) if loader is not None else "", tip=loader.site if loader else ""
        )

    def _show_times(self, loader: LoaderRow | None) -> None:
        seconds = seconds_of(loader) if loader is not None else (None,) * len(PARTS)
        whole = sum(part for part in seconds if part is not None)
        for value, part in zip(self._times, seconds, strict=True):
            if part is None or whole <= 0:
                value.show_text(fmt.UNKNOWN)
            else:
                value.show_text(fmt.percent(part / whole), fmt.duration(part))

    def _show_settings(self, loader: LoaderRow | None) -> None:
        self._settings_heading.setVisible(loader is not None)
        for name, text in loader.settings if loader is not None else ():
            if name not in self._setting_values:
                value = self._setting_values[name] = self._figure(name, "")
                row = self._settings.rowCount()
                self._settings.addWidget(label(name, "dim"), row, 0)
                self._settings.addWidget(value, row, 1)
            short = text.rpartition(".")[2] if name in ("data set", "sampler", "class") else text
            self._setting_values[name].show_text(short, tip=text)

    def _choose(self, number: int) -> None:
        self._training.choose(self._combo.itemData(number))
        self._chosen()


def loader_name(loader: LoaderRow) -> str:
    """Such as "train_loader, rank 1"."""
    rank = "" if loader.rank is None else f", rank {loader.rank}"
    return f"{fmt.readable(loader.name)}{rank}"


def _heading(text: str) -> QLabel:
    made = label(text, "section")
    made.setContentsMargins(0, 8, 0, 0)
    return made


def _gpu_in_words(gpu: GpuUse) -> str:
    memory = f", {fmt.byte_size(gpu.memory_used_bytes)} of {fmt.byte_size(gpu.memory_total_bytes)}"
    return f"GPU {gpu.number}: {fmt.percent(gpu.busy)} busy{memory}"


def _broken(line: str) -> str:
    """An argument a line, as it is narrow here."""
    return line.replace(", ", ",\n  ")


def _set(widget: QLabel, text: str) -> None:
    if widget.text() != text:
        widget.setText(text)

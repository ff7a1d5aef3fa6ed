"""What a sweep is to try: shown before it begins, with what will be done."""

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from inspector import formatting as fmt
from inspector.session.records import Snapshot, TrialEngine, Variations
from inspector.settings import MAX_BATCH_SIZE, MAX_PREFETCH
from inspector.ui.key_filters import KeyFilters
from inspector.ui.plain_text import plain_text
from inspector.ui.statistics.text import WrappedText
from inspector.ui.theme import enlarged
from inspector.ui.widgets import label

IDLE = (
    "How many workers? The open folder is loaded with 0, 1, 2, 4 … workers in turn, each several times in random "
    "order, until the answer is clear or the time is up. You will see images per second of each, the smallest setting "
    "that is good enough, and why. The live batches pause meanwhile; no file is changed."
)
DEFAULT_BUDGET_S = 60
LONGEST_BUDGET_S = 3600


class TunerOptions(QScrollArea):
    """The page of options. `problem` is a sentence on what cannot be tried as it is written, or ""."""

    changed = Signal()

    def __init__(self, key_filters: KeyFilters) -> None:
        super().__init__()
        self._key_filters = key_filters
        self.problem = ""
        text = WrappedText("tunerIdleLabel", "What will be done")
        text.setText(IDLE)
        text.setMaximumWidth(enlarged(1000))
        self._now = WrappedText("tunerNowLabel", "Settings that stay the same")
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(4, 1)
        self._build(grid)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(6, 4, 6, 4)
        column.setSpacing(8)
        column.addLayout(grid)  # first, as a small window shows no more
        column.addWidget(self._now)
        column.addWidget(text)
        column.addStretch(1)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setWidget(page)

    def _build(self, grid: QGridLayout) -> None:
        self._budget = QSpinBox()
        self._budget.setRange(1, LONGEST_BUDGET_S)
        self._budget.setValue(DEFAULT_BUDGET_S)
        self._budget.setSuffix(" s")
        self._field(self._budget, "tunerBudgetSpin", "Time", "Time limit; it ends sooner where the answer is clear")
        self._batches = self._numbers(
            "tunerBatchSizesEdit",
            "Batch sizes",
            "Batch sizes to compare, such as 32, 64; empty: only the one that is set",
        )
        self._prefetches = self._numbers(
            "tunerPrefetchEdit", "Prefetch", "Batches loaded ahead to compare, such as 4, 8; empty: only what is set"
        )
        self._processes = self._check("tunerProcessesCheck", "processes", "Workers that are processes")
        self._threads = self._check("tunerThreadsCheck", "threads", "Workers that are threads")
        self._scaled = self._check("tunerScaledCheck", "scaled decoding, too", "")
        self._torch = self._check("tunerTorchCheck", "PyTorch's DataLoader, too", "")
        self._cold = self._check("tunerColdCheck", "cold: drop files from memory first", "")
        for row, (name, fields) in enumerate(
            (
                (
                    "Time at most",
                    (
                        self._budget,
                        label("Batch sizes", "dim"),
                        self._batches,
                        label("Prefetch", "dim"),
                        self._prefetches,
                    ),
                ),
                ("Engines", (self._processes, self._threads, self._torch)),
                ("Also", (self._scaled, self._cold)),
            )
        ):
            line = QHBoxLayout()
            line.setSpacing(10)
            for field in fields:
                line.addWidget(field)
            line.addStretch(1)
            grid.addWidget(label(name, "dim"), row, 0)
            grid.addLayout(line, row, 1)

    def _field(self, field: QWidget, object_name: str, name: str, tip: str) -> None:
        field.setObjectName(object_name)
        field.setAccessibleName(f"{name}, of a sweep")
        field.setToolTip(plain_text(tip))
        self._key_filters.teach(field)

    def _numbers(self, object_name: str, name: str, tip: str) -> QLineEdit:
        edit = QLineEdit()
        edit.setFixedWidth(self.fontMetrics().averageCharWidth() * 18)
        self._field(edit, object_name, name, tip)
        edit.textChanged.connect(self._check_text)
        return edit

    def _check(self, object_name: str, text: str, tip: str) -> QCheckBox:
        check = QCheckBox(text)
        self._field(check, object_name, text, tip)
        return check

    # --- what is asked for ---------------------------------------------------------------------------------

    @property
    def budget_s(self) -> float:
        return float(self._budget.value())

    @property
    def cold(self) -> bool:
        return self._cold.isEnabled() and self._cold.isChecked()

    def variations(self) -> Variations:
        """What to try besides numbers of workers; call only while there is no `problem`."""
        engines: tuple[TrialEngine, ...] = ()
        if self._processes.isChecked():
            engines += ("processes",)
        if self._threads.isChecked():
            engines += ("threads",)
        return Variations(
            engines=engines,
            batch_sizes=numbers("Batch sizes", self._batches.text(), MAX_BATCH_SIZE),
            prefetches=numbers("Prefetch", self._prefetches.text(), MAX_PREFETCH),
            decodes=("exact", "scaled") if self._scaled.isEnabled() and self._scaled.isChecked() else (),
            torch=self._torch.isEnabled() and self._torch.isChecked(),
        )

    def choose_engine(self, engine: str | None) -> None:
        """Tick what is in use, for a folder that was just opened."""
        self._processes.setChecked(engine != "threads")
        self._threads.setChecked(engine == "threads")

    def show_settings(self, now: Snapshot, unavailable: Mapping[str, str]) -> None:
        """What is in use now, and stays so where it is not varied; `unavailable`: as in `TuneControl`."""
        self._cold.setEnabled("cold" not in unavailable)
        self._cold.setToolTip(
            plain_text(unavailable.get("cold", "Files are read from the disk each time, as in a first epoch"))
        )
        sized = now.image_size is not None
        self._scaled.setEnabled(sized)
        self._scaled.setToolTip(
            plain_text(
                "JPEG files decoded at a fraction of their size" if sized else "Needs an image size, at the left"
            )
        )
        self._torch.setEnabled("torch" not in unavailable and sized)
        self._torch.setToolTip(
            plain_text(
                unavailable.get("torch")
                or (
                    "torch.utils.data.DataLoader with the same decoding, for comparison"
                    if sized
                    else "Needs an image size, at the left: PyTorch stacks images of one size"
                )
            )
        )
        self._batches.setPlaceholderText(f"{now.batch_size}, as set")
        self._prefetches.setPlaceholderText(f"{now.prefetch_batches}, as set")
        step = (
            f"a training step of {now.step_ms:g} ms, which it should keep up with"
            if now.step_ms
            else "no training step"
        )
        self._now.setText(
            f"As set at the left: batch size {now.batch_size}, prefetch {now.prefetch_batches}, "
            f"{fmt.image_size_in_words(now.image_size)}, {now.dtype}, {step}."
        )

    def _check_text(self) -> None:
        try:
            self.variations()
        except ValueError as error:
            self.problem = str(error)
        else:
            self.problem = ""
        self.changed.emit()


def numbers(name: str, text: str, most: int) -> tuple[int, ...]:
    """ "32, 64" -> (32, 64); () where there is none.

    Raises:
        ValueError: with a sentence for the user, where it is something else, or not from 1 to `most`.
    """
    parts = [part for part in text.replace(",", " ").split() if part]
    if not all(part.isascii() and part.isdigit() and 1 <= int(part) <= most for part in parts):
        raise ValueError(f"{name} “{fmt.readable(text)}”: write numbers of 1 to {most:,}, such as 32, 64")
    return tuple(dict.fromkeys(map(int, parts)))

"""The page of labels: classes, how many an image has, sizes, places, and which samples have a class."""

from concurrent.futures import Future

from PySide6.QtCore import QSize, QStringListModel, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QListView,
    QPushButton,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from inspector import formatting as fmt
from inspector.report.label_figures import ASPECT_RANGES, PER_IMAGE_RANGES, SIZE_RANGES
from inspector.session.annotation_control import AnnotationControl
from inspector.session.records import (
    ASPECT_EDGES,
    PER_IMAGE_EDGES,
    SIZE_EDGES,
    WITHOUT_LABELS,
    LabelChart,
    LabelledSamples,
    LabelsPhase,
    LabelsState,
    LabelStatistics,
)
from inspector.ui.future_watcher import FutureWatcher
from inspector.ui.key_filters import KeyFilters
from inspector.ui.labels.charts import BinnedBars, PlacesMap
from inspector.ui.labels.classes import LabelClassesTable
from inspector.ui.labels.layer import ChosenPart, LabelLayer, class_name
from inspector.ui.plain_text import copy_paths
from inspector.ui.statistics.text import WrappedText
from inspector.ui.theme import Theme, enlarged
from inspector.ui.widgets import LiveText, label, scrolling

IDLE = "Here will be the figures of the boxes, polygons and masks that belong to the images."
_PER_IMAGE = ("0", "1", "2", "", "5", "", "17", "", "65", "")
_SIZES = tuple(f"{edge:g}" for edge in SIZE_EDGES)
_ASPECTS = ("", "1:8", "1:4", "1:2", "", "1:1", "2:1", "4:1", "8:1")
assert len(_ASPECTS) == len(ASPECT_EDGES)
assert len(_PER_IMAGE) == len(PER_IMAGE_EDGES)


class LabelsPanel(QWidget):
    """Four parts side by side. `bar` belongs above them, beside the tabs."""

    def __init__(self, theme: Theme, control: AnnotationControl, layer: LabelLayer) -> None:
        super().__init__()
        self._control, self._layer = control, layer
        self._watcher, self._sample_watcher = FutureWatcher(self), FutureWatcher(self)
        self._state, self._serial = LabelsState(), -1
        self.bar = QPushButton("Show all")
        self.bar.setObjectName("labelsShowAllButton")
        self.bar.setAccessibleName("Show the images of all classes")
        self.bar.setToolTip("Show all images of the batch again, with the labels of all classes")
        self.bar.setProperty("bar", True)
        self.bar.setEnabled(False)
        self.bar.clicked.connect(lambda: self._layer.choose(None))
        KeyFilters(self).teach(self.bar)
        self._table = LabelClassesTable(theme)
        self._table.chosen.connect(layer.choose)
        self._per_image = BinnedBars(
            theme,
            "LABELS AN IMAGE",
            "labelsPerImage",
            _PER_IMAGE,
            PER_IMAGE_RANGES,
            "Images by how many labels",
        )
        self._sizes = BinnedBars(
            theme,
            "SIZE, %",
            "labelSizes",
            _SIZES,
            SIZE_RANGES,
            "Labels by the side of a square as large, in percent of the picture's",
        )
        self._aspects = BinnedBars(
            theme, "WIDTH : HEIGHT", "labelAspects", _ASPECTS, ASPECT_RANGES, "Labels by width to height"
        )
        self._places = PlacesMap(theme)
        for chart, widget, ranges, text in (
            (LabelChart.PER_IMAGE, self._per_image, PER_IMAGE_RANGES, "with {} labels"),
            (LabelChart.SIZES, self._sizes, SIZE_RANGES, "with a label of {} of the side"),
            (LabelChart.ASPECTS, self._aspects, ASPECT_RANGES, "with a label of {}, width to height"),
        ):
            widget.clicked.connect(
                lambda at, chart=chart, ranges=ranges, text=text: self._choose(
                    chart, at, text.format(ranges[at]).replace(" 1 labels", " 1 label")
                )
            )
        self._places.clicked.connect(lambda part: self._choose(LabelChart.PLACES, part, "with a label there"))
        self._summary = LiveText(self.font())
        self._summary.setObjectName("labelsSummary")
        self._summary.setAccessibleName("What was found")
        self._idle = WrappedText("labelsIdleLabel", "What will be here")
        self._idle.setText(IDLE)
        self._idle.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._idle.setContentsMargins(40, 0, 40, 0)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self._idle)
        self._pages.addWidget(scrolling(self._lay_out()))
        layer.changed.connect(self._show_choice)

    def _lay_out(self) -> QWidget:
        page = QWidget()
        self._table.setMinimumWidth(enlarged(260))
        self._table.setMinimumHeight(enlarged(90))
        row = QHBoxLayout()
        row.setSpacing(14)
        row.addWidget(self._table, 30)
        for chart, share in ((self._per_image, 16), (self._sizes, 14), (self._aspects, 14), (self._places, 12)):
            row.addWidget(chart, share)
        row.addWidget(self._make_samples(), 22)
        column = QVBoxLayout(page)
        column.setContentsMargins(6, 0, 6, 2)
        column.setSpacing(4)
        column.addWidget(self._summary)
        column.addLayout(row, 1)
        return page

    def _make_samples(self) -> QWidget:
        made = QWidget()
        made.setMinimumWidth(enlarged(170))
        self._samples_heading = label("SAMPLES", "section")
        self._samples = QStringListModel(self)
        self._list = QListView()
        self._list.setObjectName("labelSamplesList")
        self._list.setAccessibleName("Samples with the chosen class")
        self._list.setToolTip("Click a class to see the samples with it; Ctrl+C copies the chosen ones")
        self._list.setModel(self._samples)
        self._list.setUniformItemSizes(True)
        self._list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self._list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self._list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self._locations: tuple[str, ...] = ()
        copy = QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self._list, self._copy)
        copy.setContext(Qt.ShortcutContext.WidgetShortcut)
        column = QVBoxLayout(made)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self._samples_heading)
        column.addWidget(self._list, 1)
        return made

    def sizeHint(self) -> QSize:
        return QSize(1200, 170)

    def show_state(self, state: LabelsState) -> None:
        """What is known by now; figures are asked for while the page is in sight."""
        if state.phase is not LabelsPhase.READY:
            self._idle.setText(state.text or IDLE)
            self._pages.setCurrentIndex(0)
            self._serial, self._state = -1, state
            return
        self._state = state
        if state.serial != self._serial and self.isVisible():
            self._serial = state.serial
            self._watcher.forget()
            self._watcher.watch(self._control.statistics(), self._show_figures)

    def stop(self) -> None:
        """Nothing more is wanted."""
        self._watcher.forget()
        self._sample_watcher.forget()

    def _show_figures(self, figures: LabelStatistics | None) -> None:
        if figures is None:
            return
        self._pages.setCurrentIndex(1)
        self._table.classes.show(figures)
        self._per_image.show_counts(figures.per_image)
        self._sizes.show_counts(figures.sizes)
        self._aspects.show_counts(figures.aspects)
        self._places.show_places(figures.places, figures.unplaced)
        parts = [
            f"{fmt.plural(figures.labelled, 'image')} of {figures.images:,} with labels",
            f"{figures.ignored:,} of {fmt.plural(figures.shapes, 'label')} ignored" if figures.ignored else "",
            f"{fmt.plural(self._state.faults, 'fault')} found while reading" if self._state.faults else "",
        ]
        self._summary.show_text(fmt.readable(self._state.text), " · ".join(part for part in parts if part))

    def _choose(self, chart: LabelChart, part: int, text: str) -> None:
        """Show the images of a part of a chart alone; those of all again where it is the one that is chosen."""
        before = self._layer.part
        if before is not None and (before.chart, before.number) == (chart, part):
            self._layer.choose(None)
            return
        self._sample_watcher.forget()
        found = self._control.samples_in(chart, part)
        self._sample_watcher.watch(found, lambda samples: self._take_part(chart, part, text, samples))

    def _take_part(self, chart: LabelChart, part: int, text: str, samples: LabelledSamples) -> None:
        self._layer.choose_part(ChosenPart(chart, part, text, samples.members))
        self._list_samples(samples, text.upper())

    def _show_choice(self) -> None:
        only, part = self._layer.only, self._layer.part
        self.bar.setEnabled(self._layer.is_filtered)
        for chart, widget in (
            (LabelChart.PER_IMAGE, self._per_image),
            (LabelChart.SIZES, self._sizes),
            (LabelChart.ASPECTS, self._aspects),
            (LabelChart.PLACES, self._places),
        ):
            widget.choose(part.number if part is not None and part.chart is chart else -1)
        self._sample_watcher.forget()
        self._samples.setStringList([])
        if only is None:
            self._table.clearSelection()
            self._samples_heading.setText("SAMPLES")
            return
        found: Future[LabelledSamples] = self._control.samples(only)
        self._sample_watcher.watch(found, lambda samples: self._show_samples(only, samples))

    def _show_samples(self, number: int, samples: LabelledSamples) -> None:
        name = "" if number == WITHOUT_LABELS else f"WITH {class_name(self._state.class_names, number)}"
        self._list_samples(samples, "WITHOUT LABELS" if number == WITHOUT_LABELS else name)

    def _list_samples(self, samples: LabelledSamples, what: str) -> None:
        self._samples_heading.setText(f"{fmt.plural(samples.count, 'sample').upper()} {what}")
        self._locations = samples.locations
        more = samples.count - len(samples.locations)
        self._samples.setStringList([*map(fmt.readable, samples.locations), *([f"and {more:,} more"] if more else [])])

    def _copy(self) -> None:
        rows = sorted(index.row() for index in self._list.selectedIndexes())
        copy_paths(self._locations[row] for row in rows if row < len(self._locations))

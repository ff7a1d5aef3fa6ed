"""The page of statistics: what the pixels are like, and how often and in which order files and classes came."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QScrollArea, QStackedLayout, QWidget

from inspector.monitor.channel_statistics import ChannelStatistics
from inspector.monitor.records import Snapshot
from inspector.monitor.sample_counts import SampleCounts
from inspector.ui.key_filters import KeyFilters
from inspector.ui.statistics.channels import ChannelsPart
from inspector.ui.statistics.classes import ClassesPart
from inspector.ui.statistics.files import FilesPart
from inspector.ui.statistics.order import OrderPart
from inspector.ui.statistics.text import WrappedText
from inspector.ui.theme import Theme

LAST_WHOLE = 1  # its place in the list
IDLE = (
    "Here will be, once images are delivered: mean and standard deviation of each channel, to normalise with; how "
    "often each file and each class came in the epoch; and whether the order looks shuffled."
)


class StatisticsPanel(QWidget):
    """Four parts side by side. `bar` belongs above them, beside the tabs."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        key_filters = KeyFilters(self)
        self.bar = QComboBox()
        self.bar.setObjectName("statisticsEpochCombo")
        self.bar.setAccessibleName("Epoch to show")
        self.bar.setToolTip("Which epoch files, classes and order are shown of")
        self.bar.addItems(["Epoch under way", "Last whole epoch"])
        self.bar.hide()
        key_filters.teach(self.bar)
        self._channels = ChannelsPart(key_filters)
        self._files = FilesPart(theme)
        self._classes = ClassesPart(theme)
        self._order = OrderPart(theme)
        parts = QWidget()
        row = QHBoxLayout(parts)
        row.setContentsMargins(6, 0, 6, 2)
        row.setSpacing(14)
        for part, share in ((self._channels, 28), (self._files, 20), (self._classes, 26), (self._order, 26)):
            row.addWidget(part, share)
        scroll = QScrollArea()
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(parts)
        self._idle = WrappedText("statisticsIdleLabel", "What will be here")
        self._idle.setText(IDLE)
        self._idle.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._idle.setContentsMargins(40, 0, 40, 0)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self._idle)
        self._pages.addWidget(scroll)
        self._drawn: tuple[object, ...] = ()
        self.bar.currentIndexChanged.connect(self._show_epoch)
        self._shown: tuple[SampleCounts, Snapshot] | None = None

    def sizeHint(self) -> QSize:
        return QSize(1200, 170)

    def show_statistics(self, statistics: ChannelStatistics, counts: SampleCounts | None, snapshot: Snapshot) -> None:
        """`counts`: None before anything is loaded."""
        begun = counts is not None and counts.seen + counts.current.skipped > 0
        self._pages.setCurrentIndex(int(begun))
        if counts is None or not begun:
            self._shown = None
            return
        self._shown = counts, snapshot
        self._channels.show_statistics(statistics, counts.seen, snapshot)
        self._show_epoch()

    def _show_epoch(self) -> None:
        if self._shown is None:
            return
        counts, snapshot = self._shown
        wants_whole = self.bar.currentIndex() == LAST_WHOLE
        epoch = counts.previous if wants_whole and counts.previous is not None else counts.current
        drawn = (epoch.epoch, epoch.delivered, epoch.skipped, epoch.over, snapshot.source, snapshot.settings)
        if drawn == self._drawn:
            return
        self._drawn = drawn
        self._files.show_counts(epoch, snapshot.source)
        self._classes.show_counts(epoch, shuffle=bool(snapshot.shuffle))
        self._order.show_counts(epoch, shuffle=bool(snapshot.shuffle))

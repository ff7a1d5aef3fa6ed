"""Mean and standard deviation of each channel, what they rest on, and the line of code that uses them."""

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from inspector import formatting as fmt
from inspector.monitor.channel_statistics import ChannelStatistics
from inspector.monitor.records import Snapshot
from inspector.ui.key_filters import KeyFilters
from inspector.ui.plain_text import plain_text
from inspector.ui.statistics.text import WrappedText
from inspector.ui.tables import prepare_table
from inspector.ui.theme import enlarged
from inspector.ui.widgets import label, scaled_font

COPIED_MS = 1500
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
COPY = "Copy as code"
HEADINGS = ("", "mean 0–1", "std 0–1", "mean 0–255", "std 0–255")
TIP = (
    "Of all pixels of the images that were counted, each file once. std is the population's standard deviation: "
    "the root of the mean squared distance from the mean, over pixels"
)


class ChannelsTable(QTableWidget):
    """A row a channel; – while nothing is known."""

    def __init__(self) -> None:
        super().__init__(3, len(HEADINGS))
        self.setObjectName("channelsTable")
        self.setAccessibleName("Mean and standard deviation of the channels")
        self.setToolTip(TIP)
        self.setSelectionMode(QTableWidget.SelectionMode.NoSelection)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        prepare_table(self)
        for column, heading in enumerate(HEADINGS):
            item = QTableWidgetItem(heading)
            item.setFont(scaled_font(self.font(), 0.86))
            self.setHorizontalHeaderItem(column, item)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(24)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        self._cells = [[QTableWidgetItem(fmt.UNKNOWN) for _ in HEADINGS] for _ in range(3)]
        header.setDefaultAlignment(RIGHT)
        for row, cells in enumerate(self._cells):
            for column, cell in enumerate(cells):
                if column:
                    cell.setTextAlignment(RIGHT)
                self.setItem(row, column, cell)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedHeight(header.sizeHint().height() + 3 * self.verticalHeader().defaultSectionSize() + 2)

    def show_statistics(self, statistics: ChannelStatistics, channels: str) -> None:
        """`channels`: their letters in the order of delivery."""
        for row, (channel, cells) in enumerate(zip(channels, self._cells, strict=True)):
            texts = [fmt.UNKNOWN] * (len(cells) - 1)
            if statistics.mean is not None and statistics.std is not None:
                mean, std = statistics.mean[row], statistics.std[row]
                texts = [f"{mean / 255:.4f}", f"{std / 255:.4f}", f"{mean:.2f}", f"{std:.2f}"]
            for cell, text in zip(cells, [channel, *texts], strict=True):
                cell.setText(text)


class ChannelsPart(QWidget):
    """The table, under it what it rests on; above it the button that copies."""

    def __init__(self, key_filters: KeyFilters) -> None:
        super().__init__()
        self.setMinimumWidth(enlarged(304))
        self._statistics = ChannelStatistics()
        self._rests_on = ""
        self._copy = QPushButton(COPY)
        self._copy.setObjectName("copyStatisticsButton")
        self._copy.setAccessibleName("Copy mean and standard deviation as code")
        self._copy.setToolTip("Nothing is known yet")
        self._copy.setProperty("bar", True)
        self._copy.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._copy.clicked.connect(self._copy_code)
        self._copied = QTimer(self, singleShot=True, interval=COPIED_MS)
        self._copied.timeout.connect(lambda: self._copy.setText(COPY))
        key_filters.teach(self._copy)
        self._table = ChannelsTable()
        self._text = WrappedText("channelsLabel", "Images behind the mean and standard deviation")
        head = QHBoxLayout()
        head.addWidget(label("MEAN AND STD", "section"))
        head.addStretch(1)
        head.addWidget(self._copy)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(head)
        layout.addWidget(self._table)
        layout.addWidget(self._text)
        layout.addStretch(1)

    def show_statistics(self, statistics: ChannelStatistics, seen: int, snapshot: Snapshot) -> None:
        """`seen`: files that have been delivered so far."""
        self._statistics = statistics
        self._table.show_statistics(statistics, "BGR" if snapshot.deliver_bgr else "RGB")
        self._rests_on, rest = rests_on(
            statistics,
            seen,
            image_size=snapshot.image_size,
            transformed=snapshot.transform is not None,
            bgr=snapshot.deliver_bgr,
        )
        self._text.setText(f"{self._rests_on} {rest}".strip())
        code = statistics.normalize_code()
        self._copy.setEnabled(bool(code))
        self._copy.setToolTip(plain_text(f"Copies {code}" if code else "Nothing is known yet"))

    def _copy_code(self) -> None:
        note = f"# torchvision, for images in 0 to 1. {self._rests_on} Population std over pixels."
        QGuiApplication.clipboard().setText(f"{note}\n{self._statistics.normalize_code()}\n")
        self._copy.setText("Copied")
        self._copied.start()


def rests_on(
    statistics: ChannelStatistics, seen: int, *, image_size: tuple[int, int] | None, transformed: bool, bgr: bool
) -> tuple[str, str]:
    """(on which images the figures rest, what else to know about them), in sentences."""
    if not statistics.images:
        return "No image was counted yet.", _left_out(statistics)
    images = fmt.plural(max(seen, statistics.images), "file")
    count = f"Rests on {statistics.images:,} of {images} delivered so far, {_pixels(statistics.pixels)}"
    if image_size is None:
        weights = " Native size: each pixel weighs the same, so larger images weigh more."
    else:
        weights = " All images weigh the same."
        count += f", resized to {fmt.image_size(image_size)}"
    transform = ", after your transform" if transformed else ""
    exchanged = " Red and blue are exchanged, as “Deliver BGR” asks." if bgr else ""
    return f"{count}{transform}.", f"{weights}{exchanged}{_left_out(statistics)}".strip()


def _left_out(statistics: ChannelStatistics) -> str:
    if not statistics.left_out:
        return ""
    return f" {fmt.plural(statistics.left_out, 'image')} left out: not all values are finite numbers."


def _pixels(count: int) -> str:
    for unit, name in ((1e12, "trillion"), (1e9, "billion"), (1e6, "million")):
        if count >= unit:
            return f"{count / unit:.1f} {name} pixels"
    return fmt.plural(count, "pixel")

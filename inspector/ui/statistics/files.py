"""How often each file came in an epoch: one bar, its figures in words, and a judgement."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from inspector import formatting as fmt
from inspector.colours import Colours
from inspector.monitor.sample_counts import EpochCounts
from inspector.ui.plain_text import plain_text
from inspector.ui.statistics.text import Judgement
from inspector.ui.theme import Theme, enlarged
from inspector.ui.widgets import label

BAR_PX = 12


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the bar."""

    name: str
    object_name: str
    tip: str
    count: Callable[[EpochCounts], int]
    colour: Callable[[Colours], str]


PARTS = (
    Part("came once", "filesOnce", "Files that were delivered once", lambda epoch: epoch.once, lambda c: c.accent),
    Part(
        "more than once",
        "filesRepeated",
        "Files that were delivered more than once in this epoch; should be 0",
        lambda epoch: epoch.repeated,
        lambda c: c.bad,
    ),
    Part("skipped", "filesSkipped", "Files that were left out", lambda epoch: epoch.skipped, lambda c: c.warn),
    Part("not yet", "filesNever", "Files not delivered yet", lambda epoch: epoch.never, lambda c: c.border),
)


class ShareBar(QWidget):
    """The parts side by side; one that is not empty is at least two pixels wide."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._counts = (0,) * len(PARTS)
        self.setFixedHeight(BAR_PX)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(160, BAR_PX)

    def show_counts(self, counts: tuple[int, ...]) -> None:
        if counts != self._counts:
            self._counts = counts
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        colours = self._theme.colours
        painter.fillRect(self.rect(), QColor(colours.field))
        total, left = max(1, sum(self._counts)), 0.0
        for part, count in zip(PARTS, self._counts, strict=True):
            width = max(2.0, self.width() * count / total) if count else 0.0
            painter.fillRect(QRectF(left, 0, width, self.height()), QColor(part.colour(colours)))
            left += width
        painter.end()


class Swatch(QWidget):
    """A small square in the colour of its part."""

    def __init__(self, theme: Theme, part: Part) -> None:
        super().__init__()
        self._theme = theme
        self._part = part
        self.setFixedSize(10, 10)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._part.colour(self._theme.colours)))
        painter.end()


class FilesPart(QWidget):
    """The bar, its legend with the figures, and the judgement."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setMinimumWidth(enlarged(205))
        self._heading = label("FILES", "section")
        self._bar = ShareBar(theme)
        self._figures: list[tuple[QLabel, QLabel]] = []  # number and share of each part
        legend = QGridLayout()
        legend.setHorizontalSpacing(5)
        legend.setVerticalSpacing(1)
        for row, part in enumerate(PARTS):
            figure = label("")
            figure.setObjectName(part.object_name)
            figure.setAccessibleName(part.tip)
            name = label(part.name, "dim")
            for widget in (figure, name):
                widget.setToolTip(plain_text(part.tip))
            legend.addWidget(Swatch(theme, part), row, 0, Qt.AlignmentFlag.AlignVCenter)
            legend.addWidget(name, row, 1)
            share = label("", "dim")
            for column, widget in enumerate((figure, share), start=2):
                widget.setAlignment(Qt.AlignmentFlag.AlignRight)
                legend.addWidget(widget, row, column)
            share.setMinimumWidth(self.fontMetrics().horizontalAdvance("100 %"))
            figure.setMinimumWidth(self.fontMetrics().horizontalAdvance("10,000"))
            self._figures.append((figure, share))
        legend.setColumnStretch(1, 1)
        self._judgement = Judgement(theme, "filesLabel", "Whether each file came once")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.setSpacing(5)
        layout.addWidget(self._heading)
        layout.addWidget(self._bar)
        layout.addLayout(legend)
        layout.addWidget(self._judgement)
        layout.addStretch(1)

    def show_counts(self, epoch: EpochCounts, folder: str) -> None:
        self._heading.setText(f"FILES IN EPOCH {epoch.epoch:,}")
        counts = tuple(part.count(epoch) for part in PARTS)
        self._bar.show_counts(counts)
        for (figure, share), count in zip(self._figures, counts, strict=True):
            figure.setText(f"{count:,}")
            share.setText(fmt.percent(count / epoch.files))
        self._judgement.show_text(*judge_files(epoch, folder))


def judge_files(epoch: EpochCounts, folder: str) -> tuple[str, str]:
    """(level, sentence)."""
    if epoch.repeated:
        named = ", ".join(f"{fmt.relative(file.path, folder)} ({file.times} times)" for file in epoch.repeated_files)
        more = (
            f" and {epoch.repeated - len(epoch.repeated_files):,} more"
            if epoch.repeated > len(epoch.repeated_files)
            else ""
        )
        return "bad", f"Came more than once, which no epoch should do: {named}{more}."
    if not epoch.over and epoch.never:
        return "good", f"No file came twice so far; {epoch.never:,} still to come."
    if epoch.never:
        return "info", (
            f"No file came twice; {fmt.plural(epoch.never, 'file')} did not come before the next epoch began: "
            "drop_last leaves out what does not fill a batch."
        )
    skipped = f" but {epoch.skipped:,} that had to be skipped" if epoch.skipped else ""
    return "good", f"Every file came exactly once{skipped}."

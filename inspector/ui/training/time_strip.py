"""Where a training's time goes, as one strip: waiting for data, steps, starting workers."""

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from inspector import formatting as fmt
from inspector.session.training import LoaderRow
from inspector.ui.plain_text import plain_text
from inspector.ui.theme import Theme, enlarged

HEIGHT_PX = 9
PARTS = (
    ("waiting", "warn", "Seconds in which the training waited in next() for a batch"),
    ("step", "good", "Seconds between a batch and the call for the next: the training step, as the host sees it"),
    ("start-up", "accent", "Seconds in which iterators were made, which starts the workers"),
)


def seconds_of(loader: LoaderRow) -> tuple[float, float, float]:
    """Of each of `PARTS`."""
    return loader.wait_s, loader.step_s, loader.start_up_s


class TimeStrip(QWidget):
    """The strip; its tool tip says what the colours mean."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._shares: tuple[float, ...] = ()
        self.setObjectName("timeStrip")
        self.setAccessibleName("Where the training's time goes")
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(120, enlarged(HEIGHT_PX))

    def show_loader(self, loader: LoaderRow | None) -> None:
        """Another look at the loader that is shown."""
        parts = seconds_of(loader) if loader is not None else ()
        whole = sum(parts)
        shares = tuple(round(part / whole, 3) for part in parts) if whole > 0 else ()
        if shares != self._shares:
            self._shares = shares
            named = zip(PARTS, shares, strict=False)
            self.setToolTip(plain_text(", ".join(f"{name} {fmt.percent(share)}" for (name, *_), share in named)))
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        colours = self._theme.colours
        height = min(self.height(), enlarged(HEIGHT_PX))
        painter.fillRect(QRectF(0, 0, self.width(), height), QColor(colours.field))
        left = 0.0
        for share, (_, colour, _) in zip(self._shares, PARTS, strict=False):
            painter.fillRect(QRectF(left, 0, self.width() * share, height), QColor(getattr(colours, colour)))
            left += self.width() * share
        painter.end()

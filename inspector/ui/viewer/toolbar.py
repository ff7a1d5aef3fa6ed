"""The viewer's buttons: which image, how large, which channels, and compared or not."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QBoxLayout, QButtonGroup, QCheckBox, QHBoxLayout, QToolButton, QWidget

from inspector.session.protocol import Capabilities
from inspector.ui.batch.swap import SWAP_TIP
from inspector.ui.capabilities import offer
from inspector.ui.icons import ICON_PX, icon
from inspector.ui.labels.layer import LABELS_TIP
from inspector.ui.plain_text import plain_text
from inspector.ui.theme import Theme, enlarged
from inspector.ui.widgets import label

CHANNELS = (("RGB", "C", None), ("R", "R", 0), ("G", "G", 1), ("B", "B", 2))
_ALL = 3
_MARGIN_PX = 36


class ViewerToolbar(QWidget):
    """In one row, or in three where the window is too narrow for its texts. The window connects the widgets."""

    def __init__(self, theme: Theme, capabilities: Capabilities) -> None:
        super().__init__()
        self._theme = theme
        self.previous = _button("previousImageButton", "Previous image", "Previous image of the batch (Left)")
        self.next = _button("nextImageButton", "Next image", "Next image of the batch (Right)")
        self.fit = _button("fitButton", "Fit", "The whole image in the window (0)")
        self.one_to_one = _button("oneToOneButton", "1:1", "One pixel of the screen for each of the image (1)")
        self._zoom = label("", "dim")
        self._zoom.setObjectName("zoomLabel")
        self._zoom.setMinimumWidth(self.fontMetrics().horizontalAdvance("12,800 %"))
        self.channels = QButtonGroup(self)
        for name, key, channel in CHANNELS:
            tip = "All channels" if channel is None else f"Only the channel {name}, in grey"
            button = _button(f"channel{name}Button", name, f"{tip} ({key})")
            button.setCheckable(True)
            button.setChecked(channel is None)
            self.channels.addButton(button, _ALL if channel is None else channel)
        self.swap = _check("viewerSwapCheck", "Swap R and B", "Swap red and blue on the screen", SWAP_TIP)
        tip = "Beside what a second decoder (Qt's, or Pillow's) makes of the file, and their difference (D)"
        self.compare = _check("compareCheck", "Compare", "Compare with a second decoder", tip)
        self.can_compare = offer(capabilities, "proof", self.compare)
        self.labels = _check("viewerLabelsCheck", "Labels", "Show labels", LABELS_TIP)
        self._can_label = offer(capabilities, "annotations", self.labels)
        self.labels.hide()
        navigation = (self.previous, self.next, self.fit, self.one_to_one, self._zoom)
        self._rows = (
            _row(navigation),
            _row(self.channels.buttons()),
            _row((self.swap, self.compare, self.labels), gap=4),
        )
        self._column = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        for row in self._rows:
            self._column.addLayout(row)
        self._column.addStretch(1)
        theme.changed.connect(self._show_icons)
        self._show_icons()

    @property
    def channel(self) -> int | None:
        """The one to show alone; None: all."""
        checked = self.channels.checkedId()
        return None if checked == _ALL else checked

    def show_labels(self, there: bool) -> None:
        """Whether the batch has any."""
        self.labels.setVisible(there and self._can_label)

    def show_place(self, position: int, count: int) -> None:
        """Which image of the batch is shown."""
        self.previous.setEnabled(position > 0)
        self.next.setEnabled(position + 1 < count)

    def show_zoom(self, scale: float) -> None:
        """Device pixels an image pixel."""
        percent = scale * 100
        self._zoom.setText(f"{percent:,.0f} %" if percent >= 9.95 else f"{percent:.1f} %")

    def fit_width(self, width: int) -> None:
        """Arrange the rows for a window of that width."""
        directions = QBoxLayout.Direction
        needed = sum(row.minimumSize().width() for row in self._rows) + _MARGIN_PX
        self._column.setDirection(directions.LeftToRight if needed <= width else directions.TopToBottom)

    def _show_icons(self) -> None:
        colours = self._theme.colours
        for button, shape in ((self.previous, "previous"), (self.next, "next")):
            button.setIcon(icon(shape, colours.text, colours.border))
            button.setIconSize(QSize(enlarged(ICON_PX), enlarged(ICON_PX)))
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)


def _row(widgets: Sequence[QWidget], gap: int = 0) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(6)
    for widget in widgets:
        row.addWidget(widget)
        if gap:
            row.addSpacing(gap)
    row.addStretch(1)
    return row


def _button(name: str, text: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setObjectName(name)
    button.setText(text)
    button.setAccessibleName(text)
    button.setToolTip(plain_text(tip))
    button.setProperty("bar", True)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button


def _check(name: str, text: str, accessible_name: str, tip: str) -> QCheckBox:
    check = QCheckBox(text)
    check.setObjectName(name)
    check.setAccessibleName(accessible_name)
    check.setToolTip(plain_text(tip))
    check.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return check

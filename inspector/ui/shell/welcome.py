"""What the window shows while nothing is open: what it is for, and the ways to begin."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from inspector import formatting as fmt
from inspector.ui.icons import app_icon
from inspector.ui.plain_text import plain_text
from inspector.ui.shell.first_commands import FirstCommands
from inspector.ui.shell.live_trainings import LiveTrainings
from inspector.ui.shell.recent import MOST, Recent, RecentFolders
from inspector.ui.shell.row_button import WIDTH_PX, RowButton
from inspector.ui.theme import Theme, enlarged
from inspector.ui.widgets import label, scaled_font

ICON_PX = 52


class WelcomePage(QScrollArea):
    """A calm column in the middle. Signals are what the user asks for."""

    open_wanted = Signal()
    files_wanted = Signal()
    location_wanted = Signal()
    sample_wanted = Signal()
    recent_chosen = Signal(str)

    def __init__(self, theme: Theme, recent: RecentFolders) -> None:
        super().__init__()
        self.setObjectName("welcomePage")
        self.setAccessibleName("Welcome")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._recent = recent
        self._message = label("", "dim")
        self._message.setObjectName("welcomeMessage")
        self._message.setWordWrap(True)
        self._message.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        page = QWidget()
        middle = QWidget()
        middle.setMaximumWidth(enlarged(WIDTH_PX))
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addStretch(2)
        column.addLayout(self._head())
        column.addSpacing(22)
        column.addWidget(self._message)
        column.addWidget(self._drop_frame(theme))
        column.addSpacing(20)
        self.trainings = LiveTrainings()
        column.addWidget(self.trainings)
        column.addSpacing(16)
        column.addWidget(FirstCommands())
        column.addSpacing(16)
        column.addWidget(self._recent_list())
        column.addStretch(3)
        row = QHBoxLayout(page)
        row.setContentsMargins(20, 12, 20, 12)
        row.addWidget(middle)
        self.setWidget(page)
        recent.changed.connect(self._show_recent)
        self._show_recent()
        self.say("")

    def _head(self) -> QHBoxLayout:
        picture = QLabel()
        picture.setPixmap(app_icon().pixmap(QSize(ICON_PX, ICON_PX), self.devicePixelRatioF()))
        picture.setAccessibleName("inspector")
        title = label("Look into your image loader")
        title.setObjectName("welcomeTitle")
        large = scaled_font(title.font(), 1.75)
        large.setWeight(QFont.Weight.DemiBold)
        title.setFont(large)
        below = label(
            "See the batches that training gets, the files it would skip, and how many workers it needs.", "dim"
        )
        below.setWordWrap(True)
        words = QVBoxLayout()
        words.setSpacing(3)
        words.addWidget(title)
        words.addWidget(below)
        head = QHBoxLayout()
        head.setSpacing(16)
        head.addWidget(picture)
        head.addLayout(words, 1)
        return head

    def _drop_frame(self, theme: Theme) -> QWidget:
        frame = DropFrame(theme)
        invitation = label("Drop a folder of images here")
        invitation.setFont(scaled_font(invitation.font(), 1.3))
        also = label(
            "or images, a .txt list, shards such as tars, or a training script. Your files are not changed.", "dim"
        )
        also.setWordWrap(True)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch(1)
        for name, words, tip, signal in (
            ("welcomeOpenButton", "Open folder…", "Choose a folder of images (Ctrl+O)", self.open_wanted),
            (
                "welcomeSampleButton",
                "Try the sample",
                "Good and bad images that come with inspector (Ctrl+Shift+S)",
                self.sample_wanted,
            ),
            (
                "welcomeFilesButton",
                "Open images or a list…",
                "Choose images, or a .txt list of files (Ctrl+Shift+O)",
                self.files_wanted,
            ),
            (
                "welcomeLocationButton",
                "Shards or a URL…",
                "Open tars, Parquet files and the like, or what is in a store such as s3 (Ctrl+U)",
                self.location_wanted,
            ),
        ):
            button = QPushButton(words)
            button.setObjectName(name)
            button.setAccessibleName(words.rstrip("…"))
            button.setToolTip(plain_text(tip))
            button.setProperty("bar", True)
            button.setProperty("primary", name == "welcomeOpenButton")
            button.clicked.connect(lambda _checked=False, signal=signal: signal.emit())
            buttons.addWidget(button)
        buttons.addStretch(1)
        column = QVBoxLayout(frame)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(6)
        for text in (invitation, also):
            text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(text)
        column.addSpacing(14)
        column.addLayout(buttons)
        return frame

    def _recent_list(self) -> QWidget:
        self._rows = [RecentButton(number) for number in range(1, MOST + 1)]
        for number, row in enumerate(self._rows):
            row.clicked.connect(lambda _checked=False, number=number: self._choose(number))
        self._list = QWidget()
        column = QVBoxLayout(self._list)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        heading = label("RECENT", "section")
        heading.setContentsMargins(9, 0, 0, 3)
        column.addWidget(heading)
        for row in self._rows:
            column.addWidget(row)
        return self._list

    def _choose(self, number: int) -> None:
        self.recent_chosen.emit(self._recent.entries[number].path)

    def _show_recent(self) -> None:
        entries = self._recent.entries
        self._list.setVisible(bool(entries))
        for number, row in enumerate(self._rows):
            row.setVisible(number < len(entries))
            if number < len(entries):
                row.show_entry(entries[number])

    def say(self, message: str) -> None:
        """Why nothing is open, "" where that needs no reason."""
        self._message.setText(message)
        self._message.setVisible(bool(message))
        self._message.setContentsMargins(0, 0, 0, 14)


class DropFrame(QWidget):
    """A dashed frame: something may be put here."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = self._theme.colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(QColor(colours.card))
        painter.setPen(QPen(QColor(colours.dim), 1.2, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 9, 9)
        painter.end()


class RecentButton(RowButton):
    """A recent folder: its name, and where it lies."""

    def __init__(self, number: int) -> None:
        super().__init__(f"recentButton{number}", f"Recent folder {number}")
        self._number = number

    def show_entry(self, entry: Recent) -> None:
        path = fmt.readable(entry.path)
        where = f"{path} – missing" if entry.missing else path
        name = fmt.file_name(entry.path.rstrip("/\\")) or path
        self.show_row(name, where, f"Open {where}", f"{where} (Alt+{self._number})")
        self.setEnabled(not entry.missing)

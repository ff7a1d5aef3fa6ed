"""About inspector: what a bug report needs, and how smoothly the window has run."""

import platform
from collections.abc import Sequence

import cv2
import numpy as np
import pyqtgraph
import PySide6
from PySide6.QtCore import Qt, QTimer, qVersion
from PySide6.QtGui import QFont, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from inspector import __version__
from inspector import formatting as fmt
from inspector.resource_limits import bound_cores, usable_cores, usable_memory_bytes
from inspector.settings import default_memory_limit_bytes
from inspector.ui.icons import app_icon
from inspector.ui.stall_monitor import StallMonitor
from inspector.ui.widgets import label, plain_buttons, scaled_font

ICON_PX = 48
LOOK_MS = 1000
LICENCES = (
    "Built on PySide6 and Qt (LGPL-3.0), OpenCV (Apache-2.0), NumPy, psutil, Jinja2, msgspec, cloudpickle "
    "(BSD-3-Clause), pyqtgraph, simplejpeg and rich (MIT). All licences: inspector doctor --licences."
)
Facts = Sequence[tuple[str, str]]


def facts(heartbeat: StallMonitor) -> Facts:
    """What there is, a name and a value each."""
    return (
        ("inspector", __version__),
        ("Python", f"{platform.python_version()}, {platform.platform()}"),
        ("Qt", f"{qVersion()}, PySide6 {PySide6.__version__}, {QGuiApplication.platformName()}"),
        ("OpenCV", cv2.__version__),
        ("NumPy", np.__version__),
        ("pyqtgraph", str(pyqtgraph.__version__)),
        ("Cores", _cores()),
        ("Memory", _memory()),
        ("Longest stall", _stall(heartbeat)),
    )


def _cores() -> str:
    usable, bound = usable_cores(), bound_cores()
    return f"{usable:g} may be used" + (f", of {bound}" if usable < bound else "")


def _memory() -> str:
    usable = usable_memory_bytes()
    for_batches = f"at most {fmt.byte_size(default_memory_limit_bytes())} for batches"
    return for_batches if usable is None else f"{fmt.byte_size(usable)} may be used, {for_batches}"


def _stall(heartbeat: StallMonitor) -> str:
    if not len(heartbeat.stalls_ms()):
        return "measured from the first batch on"
    longest = fmt.with_unit(fmt.milliseconds(heartbeat.longest_ms()), "ms")
    typical = fmt.with_unit(fmt.milliseconds(heartbeat.p99_ms()), "ms")
    return f"{longest} in the last minute; 99 of 100 under {typical}"


class AboutBox(QDialog):
    """The last line is kept up to date while it is open."""

    def __init__(self, window: QWidget, heartbeat: StallMonitor) -> None:
        super().__init__(window)
        self.setObjectName("aboutBox")
        self.setWindowTitle("About inspector")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._heartbeat = heartbeat
        picture = QLabel()
        picture.setPixmap(app_icon().pixmap(ICON_PX, ICON_PX))
        title = label(f"inspector {__version__}")
        large = scaled_font(title.font(), 1.5)
        large.setWeight(QFont.Weight.DemiBold)
        title.setFont(large)
        head = QHBoxLayout()
        head.setSpacing(14)
        head.addWidget(picture)
        head.addWidget(title, 1)
        grid = QGridLayout()
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        self._values: list[QLabel] = []
        for row, (name, value) in enumerate(facts(heartbeat)):
            grid.addWidget(label(name, "dim"), row, 0)
            shown = label(value)
            shown.setObjectName(f"about{name.title().replace(' ', '')}Label")
            shown.setAccessibleName(f"{name}: {value}")
            shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._values.append(shown)
            grid.addWidget(shown, row, 1)
        licences = label(LICENCES, "dim")
        licences.setWordWrap(True)
        copy = QPushButton("Copy")
        copy.setObjectName("aboutCopyButton")
        copy.setAccessibleName("Copy all of this")
        copy.setToolTip("Copy these details for a bug report")
        copy.clicked.connect(self.copy)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.addButton(copy, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        plain_buttons(buttons)
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 18, 22, 14)
        column.setSpacing(14)
        column.addLayout(head)
        column.addLayout(grid)
        column.addWidget(licences)
        column.addWidget(buttons)
        look = QTimer(self, interval=LOOK_MS)
        look.timeout.connect(self._look)
        look.start()

    def _look(self) -> None:
        self._values[-1].setText(_stall(self._heartbeat))

    def copy(self) -> None:
        """All of it as text, a line each."""
        QGuiApplication.clipboard().setText("\n".join(f"{name}: {value}" for name, value in facts(self._heartbeat)))

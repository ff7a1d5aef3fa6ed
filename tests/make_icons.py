"""Makes the icons of fixed sizes in assets/icons from inspector.svg: `python -m tests.make_icons`."""

import os
from pathlib import Path

from tests.conftest import ROOT

ICONS = ROOT / "assets" / "icons"
SIDES = (16, 24, 32, 48, 64, 128, 256)


def make(folder: Path) -> None:
    """Write inspector-16.png and so on into `folder`."""
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    renderer = QSvgRenderer(str(ICONS / "inspector.svg"))
    for side in SIDES:
        image = QImage(side, side, QImage.Format.Format_ARGB32)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        renderer.render(painter)
        painter.end()
        image.save(str(folder / f"inspector-{side}.png"))


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    make(ICONS)

"""A sweep as one image to keep or to send: its curve, what was found, and all that was measured."""

from html import escape

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from inspector import formatting as fmt
from inspector.session.records import Report
from inspector.ui.theme import Theme
from inspector.ui.tuner.plot import TunerPlot
from inspector.ui.tuner.table import TrialsTable

WIDTH_PX = 1000
PLOT_PX = 360
MARGIN_PX = 16


def report_image(report: Report, earlier: Report | None, html: str, theme: Theme) -> QImage:
    """The image, as high as it needs to be, whatever size the window has. In the GUI thread.

    Args:
        html: the recommendation.
    """
    page = QWidget()
    page.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    title = QLabel()
    day = report.measured_at[:16].replace("T", " ")
    title.setText(f"<b>{escape(fmt.readable(report.source))}</b>&nbsp; {fmt.plural(report.files, 'file')}, swept {day}")
    title.setTextFormat(Qt.TextFormat.RichText)
    plot = TunerPlot(theme)
    plot.setFixedHeight(PLOT_PX)
    plot.show_trials(report.trials, report.recommended, earlier.trials if earlier is not None else ())
    found = QLabel(html)
    found.setTextFormat(Qt.TextFormat.RichText)
    found.setWordWrap(True)
    table = TrialsTable()
    table.show_trials(report.trials, report.recommended)
    table.show_all()
    column = QVBoxLayout(page)
    column.setContentsMargins(MARGIN_PX, MARGIN_PX, MARGIN_PX, MARGIN_PX)
    column.setSpacing(MARGIN_PX // 2)
    for part in (title, plot, found, table):
        column.addWidget(part)
    page.setFixedWidth(WIDTH_PX)
    page.adjustSize()
    image = page.grab().toImage()
    plot.close()
    page.deleteLater()
    return image

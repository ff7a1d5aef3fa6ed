"""All parts of the window that show or ask for something, made for what the session can do."""

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from inspector.session.protocol import Session
from inspector.ui.batch.panel import BatchPanel
from inspector.ui.batch.swap import Swap
from inspector.ui.faults.log_panel import LogPanel
from inspector.ui.labels.layer import LabelLayer
from inspector.ui.labels.panel import LabelsPanel
from inspector.ui.measurements.figures import Figures
from inspector.ui.measurements.plots import QueueDepthPlot, ThroughputPlot
from inspector.ui.measurements.verdict_bar import VerdictBar
from inspector.ui.measurements.workers_table import WorkersPanel
from inspector.ui.problems.panel import ProblemsPanel
from inspector.ui.scan.panel import ScanPanel
from inspector.ui.settings.panel import SettingsPanel
from inspector.ui.shell.preferences import Preferences
from inspector.ui.statistics.panel import StatisticsPanel
from inspector.ui.theme import Theme
from inspector.ui.training.loaders_table import LoadersTable
from inspector.ui.training.output_page import OutputPage
from inspector.ui.training.panel import TrainingPanel
from inspector.ui.tuner.panel import TunerPanel
from inspector.ui.viewer.link import ViewerLink
from inspector.ui.viewer.window import ViewerWindow

PROBLEMS, SCAN, TUNER, STATISTICS, LOG = "Skipped files", "Check all files", "Tuner", "Statistics", "Log"
LABELS = "Labels"
LOADERS, ERRORS, OUTPUT = "DataLoaders", "Errors", "Output"  # of a watched training


class Panels:
    """Where the session has no such capability, `scan`, `tuner`, `statistics` and `labels` are None; `training` and
    `loaders` where it watches none.

    Attributes:
        left: what stands at the left.
        layer: the labels of the batch, and how they are shown.
    """

    def __init__(
        self,
        window: QWidget,
        session: Session,
        theme: Theme,
        preferences: Preferences,
        swap: Swap,
        refresh: Callable[[], None],
    ) -> None:
        capabilities, training = session.capabilities, session.training
        self.training = TrainingPanel(theme, training, refresh) if training is not None else None
        self.loaders = LoadersTable(training, refresh) if training is not None else None
        process = training.process if training is not None else None
        self.output = OutputPage(process) if process is not None and process.output else None
        self.verdict = VerdictBar(theme)
        self.settings = SettingsPanel(
            capabilities=capabilities, values=session.snapshot().settings, far=session.line is not None
        )
        if self.training is not None:
            self.settings.setParent(window)  # it has nothing that could be changed; the other panel has the figures
            self.settings.hide()
        self.left: QWidget = self.training or self.settings
        self.layer = LabelLayer(window)
        self.batch = BatchPanel(theme, swap, self.layer, capabilities)
        self.viewer = ViewerWindow(window, session, theme, swap, self.layer, preferences)
        self.viewer_link = ViewerLink(session, self.batch.list, self.viewer)
        self.figures = Figures(theme, watched=training is not None)
        self.throughput = ThroughputPlot(theme)
        self.queue_depth = QueueDepthPlot(theme)
        self.workers = WorkersPanel(theme, session.slowest, watched=training is not None)
        self.problems = ProblemsPanel(theme, session)
        examine = session.examine if "examine" in capabilities else None
        annotations = session.annotations
        self.scan: ScanPanel | None = None
        if session.scan is not None:
            far = session.line is not None
            self.scan = ScanPanel(theme, session.scan, examine, session.quarantine, annotations, elsewhere=far)
        self.tuner = TunerPanel(theme, session.tune) if session.tune is not None else None
        self.statistics = StatisticsPanel(theme) if "statistics" in capabilities else None
        self.labels: LabelsPanel | None = None
        if annotations is not None and training is None:  # of a training nobody has all labels
            self.labels = LabelsPanel(theme, annotations, self.layer)
        self.log = LogPanel(theme)

    def pages(self) -> list[tuple[str, QWidget, QWidget | None]]:
        """The pages of details that there are: name, page, and the controls beside the tabs."""
        pages = (
            (LOADERS, self.loaders),
            (PROBLEMS if self.training is None else ERRORS, self.problems),
            (OUTPUT, self.output),
            (SCAN, self.scan),
            (TUNER, self.tuner),
            (STATISTICS, self.statistics),
            (LABELS, self.labels),
            (LOG, self.log),
        )
        return [(name, page, page.bar) for name, page in pages if page is not None]

    def on_failed_export(self, report: Callable[[str], None]) -> None:
        """Where a sentence goes about an export that failed."""
        self.log.save_failed.connect(report)
        for panel in (self.scan, self.tuner):
            if panel is not None:
                panel.export_failed.connect(report)

    @property
    def moving(self) -> bool:
        """Files are being moved aside, or back."""
        return self.problems.busy or (self.scan is not None and self.scan.moving.busy)

    def close(self) -> None:
        """End all that they do, and wait for that."""
        self.viewer.close()
        if self.scan is not None:
            self.scan.stop()
        if self.tuner is not None:
            self.tuner.stop()
        if self.labels is not None:
            self.labels.stop()
        self.problems.stop()
        self.log.stop()
        if self.output is not None:
            self.output.stop()

"""Check all files: a scan of what is open, beside the batches; what it finds is shown while it runs."""

from collections.abc import Callable
from concurrent.futures import CancelledError
from contextlib import suppress

from PySide6.QtCore import QSize, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from inspector.session.annotation_control import AnnotationControl
from inspector.session.job import Job
from inspector.session.protocol import Findings, Quarantine, ScanControl
from inspector.session.records import CHECKS, HISTOGRAMS, LabelStatistics, RunState, ScanProgress, ScanState, Snapshot
from inspector.ui.background_job import BackgroundJob
from inspector.ui.exporting import write_export, write_list
from inspector.ui.key_filters import KeyFilters
from inspector.ui.notice import Notice
from inspector.ui.scan.bar import ScanBar
from inspector.ui.scan.clean_shards import CleanShards
from inspector.ui.scan.controls import ScanControls
from inspector.ui.scan.limit_bar import LimitBar, limit_of
from inspector.ui.scan.model import ScanModel
from inspector.ui.scan.moving import ScanMoving
from inspector.ui.scan.options import ScanOptions
from inspector.ui.scan.pair import Examine, PairPictures
from inspector.ui.scan.status import status, why_empty
from inspector.ui.scan.summary import ScanSummary
from inspector.ui.scan.table import ScanTable
from inspector.ui.theme import Theme, enlarged
from inspector.ui.widgets import scrolling

POLL_MS = 150
NO_LIST_YET = "Check all samples first: the list has those that the check found good"
NO_SHARDS_YET = "Check all samples first: clean shards have those that the check found good"
LIMIT_POLL_MS = 40  # while a limit is being moved
_NO_TABLE = (ScanState.READY, ScanState.FAILED)
_ENDED = (ScanState.CANCELLED, ScanState.COMPLETE, ScanState.FAILED)


class ScanPanel(QWidget):
    """Drives a session's scan and shows what it finds. `bar` belongs above it, beside the tabs."""

    running_changed = Signal(bool)
    export_failed = Signal(str)  # a sentence

    def __init__(
        self,
        theme: Theme,
        scan: ScanControl,
        examine: Examine | None = None,
        quarantine: Quarantine | None = None,
        annotations: AnnotationControl | None = None,
        *,
        elsewhere: bool = False,
    ) -> None:
        super().__init__()
        self._theme = theme
        self._scan = scan
        self._annotations = annotations
        self._source, self._noun = "", "file"
        self._has_shards = False  # the samples lie in tars or Parquet files
        self._can_start = False
        self._must_wait = False  # for something else that needs the cores
        self._runs = False
        self._findings: Findings | None = None  # that the table shows
        self._note = ""  # what became of an export
        self._background = BackgroundJob(self)
        key_filters = KeyFilters(self)
        self.model = ScanModel(theme, self)
        self.summary = ScanSummary(theme)
        self.table = ScanTable(self.model, theme)
        self.pair = PairPictures(theme, examine)
        self._notice = Notice(theme, "scan")
        self.moving = ScanMoving(quarantine, self.table, self.model, self._notice, self, elsewhere=elsewhere)
        self.clean_shards = CleanShards(quarantine, self._notice, self, elsewhere=elsewhere)
        self.limit_bar = LimitBar(theme, key_filters)
        self._controls = ScanControls(theme, key_filters)
        self._options = ScanOptions(key_filters)
        self.bar = ScanBar(key_filters)
        self._lay_out()
        self._controls.start_clicked.connect(self.start)
        self._controls.cancel_clicked.connect(self.cancel)
        self._controls.resume_clicked.connect(self.resume)
        self._controls.new_clicked.connect(self.clear)
        self.bar.filter_changed.connect(self.model.set_filter)
        self.bar.file_chosen.connect(self.export)
        self.bar.scores_file_chosen.connect(self.export_scores)
        self.bar.clean_shards_wanted.connect(self._ask_for_clean_shards)
        self.limit_bar.limit_changed.connect(self.change_limit)
        self.limit_bar.keep_largest_clicked.connect(self._keep_largest)
        self.summary.chosen_changed.connect(self._show_limit)
        self.summary.chosen_changed.connect(lambda: self.model.show_only(self.summary.chosen()))
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._show_pair())
        self.model.modelReset.connect(self._show_pair)
        self._timer = QTimer(self, interval=POLL_MS)
        self._timer.timeout.connect(self._poll)
        self._show(scan.progress())

    def _lay_out(self) -> None:
        self._pages = QStackedWidget()
        self._pages.addWidget(scrolling(self._options))
        found = QWidget()
        rows = QVBoxLayout(found)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(2)
        rows.addWidget(self._notice)
        rows.addWidget(self.limit_bar)
        rows.addWidget(self.table, 1)
        self._pages.addWidget(found)
        self.pair.setFixedWidth(enlarged(300))
        self.summary.setFixedWidth(self.summary.sizeHint().width())
        body = QHBoxLayout()
        body.setSpacing(8)
        body.addWidget(self.summary)
        body.addWidget(self._pages, 1)
        body.addWidget(self.pair)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 2, 0, 0)
        column.setSpacing(4)
        column.addWidget(self._controls)
        column.addLayout(body, 1)

    def sizeHint(self) -> QSize:
        return QSize(800, 130)

    # --- what the window reports ---------------------------------------------------------------------------

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """What is open now. The session has forgotten what was found in another source."""
        can_start = snapshot.files > 0 and snapshot.state not in (RunState.CLOSED, RunState.INDEXING)
        self._noun, self._has_shards = snapshot.noun, snapshot.has_shards
        if (snapshot.source, can_start) == (self._source, self._can_start):
            return
        if snapshot.source != self._source:
            self._source, self._note = snapshot.source, ""
            self.model.folder = snapshot.source
            self._notice.hide()
            self.bar.clear_filter()
        self._can_start = can_start
        self._poll()

    def take_focus(self) -> None:
        """To the button that begins. A focus proxy would send Tab round in this panel for ever."""
        self._controls.focus_start()

    def hold_back(self, must_wait: bool) -> None:
        """Something else needs the cores: no check can begin meanwhile."""
        self._must_wait = must_wait
        self._poll()

    def stop(self) -> None:
        """Show nothing new, and end what is being written; the window closes."""
        self._timer.stop()
        self.pair.stop()
        self.moving.stop()
        self.clean_shards.stop()
        self._background.stop()

    # --- what the user asks for ----------------------------------------------------------------------------

    def start(self) -> None:
        """Scan what is open."""
        self._note = ""
        self._scan.start(self._options.check_settings(self.summary.checks()), self._controls.cluster())
        self._follow()

    def resume(self) -> None:
        """Check what a cancelled scan has left."""
        self._note = ""
        self._scan.resume(self._controls.cluster())
        self._follow()

    def cancel(self) -> None:
        """Stop soon; what was found stays."""
        self._scan.cancel()

    def clear(self) -> None:
        """Back to the page that says what would be done."""
        self._note = ""
        self._scan.clear()
        self.bar.clear_filter()
        self._poll()

    def export(self, file: str) -> None:
        """Write all that was found to `file`: as CSV or as a page where its name ends so, else as JSON; what to keep
        where it ends in .txt.
        """
        if self._findings is None or self._background.busy:
            return
        if file.lower().endswith(".txt"):
            self._background.start(self._list_writer(file), self._show_note, self.export_failed.emit)
            return
        if file.lower().endswith((".html", ".htm")):
            from inspector.report.scan_page import scan_page  # here: the start of the window can do without

            pieces = scan_page(self._source, self._scan.progress(), self._findings, self.pair.picture, self._labels)
        else:
            pieces = self._scan.as_csv() if file.lower().endswith(".csv") else self._scan.as_json()
        self._background.start(lambda job: write_export(file, pieces, job), self._show_note, self.export_failed.emit)

    def _labels(self) -> LabelStatistics | None:
        """For a report, in the thread that writes it."""
        with suppress(CancelledError):  # the session has ended
            return self._annotations.statistics().result() if self._annotations is not None else None
        return None

    def ask_for_list(self) -> None:
        """Ask where to write what to keep; where no check has found that out yet, say so."""
        if self._scan.progress().state is ScanState.COMPLETE:
            self.bar.choose_list()
        else:
            self._note = NO_LIST_YET
            self._poll()
            self.take_focus()

    def _ask_for_clean_shards(self) -> None:
        if self._scan.progress().state is ScanState.COMPLETE:
            self.clean_shards.choose_folder(self._source)
        else:
            self._show_note(NO_SHARDS_YET)

    def _list_writer(self, file: str) -> Callable[[Job[str]], str]:
        progress, lines, source = self._scan.progress(), self._scan.as_list(), self._source
        noun = self._noun

        def write(job: Job[str]) -> str:
            return write_list(file, lines, job, source=source, good=progress.good, of=progress.files, noun=noun)

        return write

    def export_scores(self, file: str) -> None:
        """Write the scores of every sample to `file`, as Parquet where its name ends so, else as CSV."""
        if self._findings is None or self._background.busy:
            return
        pieces = self._scan.as_scores(file)
        self._background.start(lambda job: write_export(file, pieces, job), self._show_note, self.export_failed.emit)

    def change_limit(self, name: str, value: float) -> None:
        """Find again what the limit decides; the next scan begins with it, too."""
        self._options.show_limit(name, value)
        self._scan.change_limits({name: value})
        self._timer.start(LIMIT_POLL_MS)

    def _keep_largest(self) -> None:
        self.moving.move_all(self._scan.all_but_the_largest(self.summary.chosen()))

    # --- what the scan reports -----------------------------------------------------------------------------

    def _follow(self) -> None:
        self._timer.start(POLL_MS)
        self._poll()

    def _show_note(self, note: str) -> None:
        self._note = note
        self._poll()

    def _show_pair(self) -> None:
        rows = self.table.selectionModel().selectedRows()
        self.pair.show_row(self.model.row(rows[0].row()) if rows else None)

    def _poll(self) -> None:
        progress = self._scan.progress()
        ended = not progress.runs and not self._scan.changing_limits  # before what was found, which is all of it then
        findings = self._scan.findings
        if findings is not self._findings:
            self._findings = findings
            self.model.show_findings(findings)
        behind = findings is not None and findings.is_behind()
        self.model.follow()
        if ended and not behind:
            self._timer.stop()
        self._show(progress)
        if progress.runs != self._runs:
            self._runs = progress.runs
            self.running_changed.emit(progress.runs)

    def _show(self, progress: ScanProgress) -> None:
        self._controls.show_progress(progress, can_start=self._can_start, must_wait=self._must_wait)
        self._controls.show_status(*status(progress, self._source, self._note, self._theme.colours, self._noun))
        has_results = progress.state in _ENDED and progress.rows + progress.done > 0
        has_shards = self._has_shards and self.clean_shards.possible
        self.bar.offer(filtering=progress.rows > 0, exporting=has_results, has_shards=has_shards)
        self._pages.setCurrentIndex(0 if progress.state in _NO_TABLE else 1)
        self.table.explain_empty(why_empty(progress))
        self.summary.lock(progress.runs)
        checks = self._scan.checks
        counts = self._findings.counts() if self._findings is not None else {}
        self.summary.show_counts(counts, checks.names if checks is not None else None)
        self._show_limit()

    def _show_limit(self) -> None:
        checks, chosen = self._scan.checks, self.summary.chosen()
        check = next(iter(chosen)) if len(chosen) == 1 else None
        if checks is None or check not in CHECKS or check not in checks.names:
            check = None
        name = limit_of(check) if check is not None else None
        value = checks.limits[name] if checks is not None and name is not None else None
        if self._scan.changing_limits and name is not None and self.limit_bar.shows(name):
            value = self.limit_bar.value  # that is on its way
        counts = self._findings.counts() if self._findings is not None else {}
        histogram = self._scan.histogram(check) if check is not None else None
        if check in HISTOGRAMS and histogram is None:
            self._timer.start()  # it is being made, or on its way from another machine
        self.limit_bar.show_check(
            check,
            value,
            histogram,
            counts.get(check or "", 0),
            movable=self._scan.progress().state in (ScanState.CANCELLED, ScanState.COMPLETE),
            can_move_aside=self.moving.possible,
        )

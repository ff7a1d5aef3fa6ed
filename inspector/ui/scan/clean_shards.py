"""Clean shards of what a scan has checked: where to, how far it is, and what became of them."""

import os

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from inspector import formatting as fmt
from inspector.session.protocol import Quarantine
from inspector.session.records import CleanOutcome
from inspector.ui.background_job import BackgroundJob
from inspector.ui.notice import Notice
from inspector.ui.plain_text import message_box
from inspector.ui.widgets import ask_for_path_there

_MOST_REASONS = 100


class CleanShards(QObject):
    """Asks for the folder, and shows the rest in the notice.

    Args:
        quarantine: writes them; None: they cannot be written here.
        elsewhere: the shards are on another machine, and so are the clean ones.
    """

    def __init__(self, quarantine: Quarantine | None, notice: Notice, window: QWidget, *, elsewhere: bool) -> None:
        super().__init__(window)
        self._quarantine, self._notice, self._window, self._elsewhere = quarantine, notice, window, elsewhere
        self._background = BackgroundJob(self)
        self._background.progressed.connect(self._show_progress)
        self._folder = ""
        self.possible = quarantine is not None

    def choose_folder(self, source: str) -> None:
        """Ask where to; a folder beside the source is proposed."""
        if self._background.busy:
            return
        proposed = self._folder or _beside(source)
        if self._elsewhere:
            question = "Folder there for the clean shards:"
            ask_for_path_there(self._window, "cleanShardsDialog", question, proposed).connect(self.write)
            return
        dialog = QFileDialog(self._window, "Write clean shards to which folder?", os.path.dirname(proposed))
        dialog.setObjectName("cleanShardsDialog")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(self.write)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def write(self, folder: str) -> None:
        """Begin; what is done already stays as it is."""
        if self._quarantine is None or self._background.busy or not folder:
            return
        self._folder = folder
        self._show_progress(0)
        self._background.follow(self._quarantine.clean_shards(folder), self._show_outcome, self._show_failure)

    def stop(self) -> None:
        """End what is under way; the shards that are done stay."""
        self._background.stop()

    def _show_progress(self, per_cent: int) -> None:
        to = f"to {fmt.readable(self._folder)}"
        self._notice.report(f"Writing clean shards: {per_cent} %", to, button="Cancel", act=self._background.cancel)

    def _show_outcome(self, outcome: CleanOutcome) -> None:
        if outcome.kept:
            self._notice.report(outcome.in_words(self._folder))
        else:
            self._notice.report("No clean shard was written.", "There is no good sample.", level="bad")
        if outcome.failures:
            lines = [f"{fmt.readable(shard)}\n{fmt.readable(why)}" for shard, why in outcome.failures[:_MOST_REASONS]]
            more = len(outcome.failures) - len(lines)
            lines += [f"… and {more:,} more"] if more else []
            what = f"{fmt.plural(len(outcome.failures), 'shard')} could not be copied as a whole."
            box = message_box(
                QMessageBox.Icon.Warning, "Clean shards", what, fmt.readable(outcome.failures[0][1]), self._window
            )
            box.setStandardButtons(QMessageBox.StandardButton.Ok)
            box.setObjectName("cleanShardsBox")
            box.setDetailedText("\n\n".join(lines))
            box.finished.connect(box.deleteLater)
            box.open()

    def _show_failure(self, message: str) -> None:
        folder = self._folder
        self._notice.report(
            "Clean shards: stopped.", message, level="bad", button="Resume", act=lambda: self.write(folder)
        )


def _beside(source: str) -> str:
    """A folder that is not the source's own."""
    if "://" in source:
        return os.path.join(os.path.expanduser("~"), "clean-shards")
    above = os.path.dirname(os.path.abspath(os.path.expanduser(source)))
    if os.path.isfile(source) or any(character in source for character in "*?[{"):
        above = os.path.dirname(above)
    return os.path.join(above, "clean-shards")

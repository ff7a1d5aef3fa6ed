"""Moving files aside, step by step: where to, what exactly, the user's consent, the move, and the way back."""

import os
from collections.abc import Sequence
from typing import Protocol

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from inspector import formatting as fmt
from inspector.session.protocol import Quarantine
from inspector.session.records import Manifest, MoveOutcome, MovePlan, Refusal
from inspector.ui.background_job import BackgroundJob
from inspector.ui.notice import Notice
from inspector.ui.plain_text import message_box
from inspector.ui.problems.model import Mark
from inspector.ui.problems.move_dialog import MOST_LINES, MoveDialog
from inspector.ui.widgets import ask_for_path_there


class MovableFiles(Protocol):
    """What shows the files, and marks those that were moved."""

    @property
    def folder(self) -> str:
        """The data set's."""

    def mark(self, paths: Sequence[str], mark: Mark | None) -> None:
        """Show these with a mark, or without."""

    def marked(self, mark: Mark) -> list[str]:
        """The paths with that mark."""


class ProblemsMover(QObject):
    """Marks in the model what was moved; remembers the manifests of this run for Undo.

    Args:
        quarantine: does the moves; None: there is nothing that could, and no method may be called.
        elsewhere: the files are on another machine.
    """

    undo_changed = Signal()

    def __init__(
        self,
        quarantine: Quarantine | None,
        model: MovableFiles,
        notice: Notice,
        background: BackgroundJob,
        window: QWidget,
        *,
        elsewhere: bool = False,
    ) -> None:
        super().__init__(window)
        self._quarantine = quarantine
        self._elsewhere = elsewhere
        self._model = model
        self._notice = notice
        self._background = background
        self._window = window
        self._manifests: list[str] = []
        self._last_destination = ""
        self._doing = ("", 0)
        background.progressed.connect(self._show_progress)

    @property
    def can_undo(self) -> bool:
        """Something was moved aside since the start of the program, and not brought back."""
        return bool(self._manifests)

    def choose_destination(self, paths: Sequence[str]) -> None:
        """Ask where to, then show what would be moved."""
        above = os.path.dirname(os.path.abspath(self._model.folder))
        if self._elsewhere:
            proposed = self._last_destination or os.path.join(above, "moved-aside")
            question = "Folder there, for example beside the data set:"
            ask_for_path_there(self._window, "destinationDialog", question, proposed).connect(
                lambda folder: self.propose(paths, folder)
            )
            return
        dialog = QFileDialog(self._window, "Move aside to which folder?", self._last_destination or above)
        dialog.setObjectName("destinationDialog")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(lambda folder: self.propose(paths, folder))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def propose(self, paths: Sequence[str], destination: str) -> None:
        """Look at the files, then ask for the user's consent."""
        assert self._quarantine is not None
        self._begin("Looking at", len(paths))
        self._background.follow(self._quarantine.plan(paths, destination), self._ask, self._show_failure)

    def _ask(self, wanted: MovePlan) -> None:
        self._notice.hide()
        dialog = MoveDialog(wanted, self._window)
        dialog.accepted.connect(lambda: self._move(wanted))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _move(self, wanted: MovePlan) -> None:
        self._last_destination = wanted.destination
        assert self._quarantine is not None
        self._begin("Moving", len(wanted.moves))
        self._background.follow(self._quarantine.move(wanted), self._show_moved, self._show_failure)

    def _show_moved(self, outcome: MoveOutcome) -> None:
        self._model.mark(outcome.moved, Mark.MOVED)
        if outcome.moved:
            self._manifests.append(outcome.manifest)
            self.undo_changed.emit()
        folder = fmt.readable(os.path.dirname(outcome.manifest))
        more = f"to {folder}" + (f"; {fmt.plural(outcome.left, 'file')} not reached" if outcome.left else "")
        self._notice.report(
            f"{fmt.plural(len(outcome.moved), 'file')} moved aside",
            more,
            button="Undo" if outcome.moved else "",
            act=self.undo,
        )
        self._show_refused("Some files stayed where they are.", outcome.failed)

    def undo(self) -> None:
        """Bring back what was moved last."""
        if self._manifests and not self._background.busy:
            self.restore(self._manifests[-1])

    def choose_manifest(self) -> None:
        """Bring back what was moved in an earlier run."""
        if self._elsewhere:
            ask_for_path_there(self._window, "manifestDialog", "Manifest there:", self._last_destination).connect(
                self.restore
            )
            return
        dialog = QFileDialog(self._window, "Restore from which manifest?", self._last_destination)
        dialog.setObjectName("manifestDialog")
        dialog.setNameFilter("Manifests (moved-aside-*.jsonl)")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self.restore)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def restore(self, manifest: str) -> None:
        """Bring back what a manifest names. The user is asked first where somebody else wrote it."""
        if self._background.busy:
            return
        assert self._quarantine is not None
        if manifest in self._manifests:
            self._bring_back(manifest)
            return
        self._begin("Looking at", 0)
        self._background.follow(
            self._quarantine.look(manifest), lambda found: self._ask_to_restore(manifest, found), self._show_failure
        )

    def _ask_to_restore(self, file: str, found: Manifest) -> None:
        if found.own:
            self._bring_back(file, found)
            return
        self._notice.hide()
        files = fmt.plural(len(found.entries), "file")
        places = (
            "You did not write this manifest on this machine.\n\n"
            f"From  {fmt.readable(found.folder)}\nInto    {fmt.readable(found.root)}"
        )
        box = message_box(QMessageBox.Icon.Question, "Restore", f"Put {files} back?", places, self._window)
        box.setObjectName("restoreBox")
        lines = [fmt.readable(entry.path) for entry in found.entries[:MOST_LINES]]
        more = len(found.entries) - len(lines)
        box.setDetailedText("\n".join([*lines, *([f"… and {more:,} more"] if more else [])]))
        go = box.addButton(f"Put {files} back", QMessageBox.ButtonRole.AcceptRole)
        go.setObjectName("restoreButton")
        go.setToolTip("Nothing is overwritten")
        stay = box.addButton("Cancel", QMessageBox.ButtonRole.RejectRole)
        stay.setObjectName("restoreCancelButton")
        stay.setToolTip("Move nothing (Esc)")
        box.setDefaultButton(stay)
        box.setEscapeButton(stay)
        go.clicked.connect(lambda: self._bring_back(file, found))
        box.finished.connect(box.deleteLater)
        box.open()

    def _bring_back(self, file: str, agreed: Manifest | None = None) -> None:
        if self._background.busy:
            return
        assert self._quarantine is not None
        self._begin("Bringing back", 0)
        self._background.follow(self._quarantine.restore(file, agreed), self._show_restored, self._show_failure)

    def _show_restored(self, outcome: MoveOutcome) -> None:
        here = {os.path.abspath(path): path for path in self._model.marked(Mark.MOVED)}
        self._model.mark([here[path] for path in outcome.moved if path in here], None)
        if not outcome.failed and not outcome.left and outcome.manifest in self._manifests:
            self._manifests.remove(outcome.manifest)
            self.undo_changed.emit()
        others = {
            "in place already": outcome.in_place,
            "not put back": len(outcome.failed),
            "not reached": outcome.left,
        }
        more = [f"{fmt.plural(count, 'file')} {what}" for what, count in others.items() if count]
        self._notice.report(f"{fmt.plural(len(outcome.moved), 'file')} put back", "; ".join(more))
        self._show_refused("Some files could not be put back.", outcome.failed)

    def _begin(self, verb: str, count: int) -> None:
        self._doing = verb, count
        self._notice.report(f"{verb} {fmt.plural(count, 'file')} …" if count else f"{verb} files …")

    def _show_progress(self, done: int) -> None:
        verb, count = self._doing
        if done:
            of = f" of {count:,}" if count else ""
            self._notice.report(f"{verb} {done:,}{of} …", button="Cancel", act=self._background.cancel)

    def _show_failure(self, message: str) -> None:
        self._notice.report("Nothing was moved.", message, level="bad")
        self._show_box("Nothing was moved.", message)

    def _show_refused(self, what: str, refused: Sequence[Refusal]) -> None:
        if refused:
            lines = [f"{fmt.readable(file.path)}\n{file.reason}" for file in refused[:100]]
            more = [f"… and {len(refused) - 100:,} more"] if len(refused) > 100 else []
            self._show_box(what, refused[0].reason, "\n\n".join(lines + more))

    def _show_box(self, what: str, why: str, details: str = "") -> None:
        box = message_box(QMessageBox.Icon.Warning, "Move aside", what, why, self._window)
        box.setStandardButtons(QMessageBox.StandardButton.Ok)
        box.setObjectName("moveFailedBox")
        box.setDetailedText(details)
        box.finished.connect(box.deleteLater)
        box.open()

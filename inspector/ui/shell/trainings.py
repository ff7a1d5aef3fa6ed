"""Ways from a window to a training: one that runs, or a new one. The window gives way to one on it."""

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from inspector.session.job import Job
from inspector.session.protocol import Session
from inspector.session.training import ProcessControl
from inspector.session.trainings import TrainingChoice, attach, start
from inspector.ui.background_job import BackgroundJob
from inspector.ui.notice import Notice
from inspector.ui.shell.preferences import Preferences
from inspector.ui.shell.training_dialog import TrainingDialog
from inspector.ui.shell.welcome import WelcomePage
from inspector.ui.training.panel import TrainingPanel


class Trainings(QObject):
    """`leave`: asks the window to close; it calls back where the user stays.

    Attributes:
        next: what is to be shown when the window has closed, if anything.
    """

    def __init__(self, window: QWidget, preferences: Preferences, leave: Callable[[Callable[[], None]], None]) -> None:
        super().__init__(window)
        self.next: Session | None = None
        self._made: Session | None = None
        self._window, self._preferences, self._leave = window, preferences, leave
        self._background = BackgroundJob(self)
        self._dialog: TrainingDialog | None = None
        self._notice: Notice | None = None

    def follow(self, welcome: WelcomePage, panel: TrainingPanel | None, notice: Notice) -> None:
        """Do what is asked for on the welcome page and beside a training; a refusal is a notice."""
        welcome.trainings.start_wanted.connect(self.choose)
        welcome.trainings.chosen.connect(self.attach)
        if panel is not None and panel.process is not None:
            panel.process.again_wanted.connect(self.run_again)
        self._notice = notice

    def choose(self, script: str = "") -> None:
        """Ask for a training, and start it. `script`: what it is likely to be."""
        if self._dialog is not None:
            return
        dialog = self._dialog = TrainingDialog(self._window, self._preferences.trainings)
        dialog.wanted.connect(self._start_chosen)
        dialog.finished.connect(self._forget_dialog)
        if script:
            dialog.take_script(script)
        dialog.open()

    def _forget_dialog(self) -> None:
        self._background.cancel()  # where it has not begun yet
        if self._dialog is not None:
            self._dialog.deleteLater()
            self._dialog = None

    def _start_chosen(self, choice: TrainingChoice) -> None:
        def begin(job: Job[Session]) -> Session:
            return start(choice.words(), choice.start_folder(), choice.chosen_python(), job.cancelled)

        def done(session: Session) -> None:
            fields = {"arguments": choice.arguments, "python": choice.python, "folder": choice.folder}
            self._preferences.remember_training(choice.command.strip(), fields)
            if self._dialog is not None:
                self._dialog.accept()
            self._turn_to(session)

        self._begin(begin, done)

    def run_again(self, process: ProcessControl) -> None:
        """Start the same command again."""
        words, folder = process.words, process.folder
        self._begin(lambda job: start(words, folder, words[0], job.cancelled), self._turn_to)

    def attach(self, place: str) -> None:
        """Watch one that runs."""
        self._begin(lambda _job: attach(place), self._turn_to)

    def _begin(self, work: Callable[[Job[Session]], Session], done: Callable[[Session], None]) -> None:
        def make(job: Job[Session]) -> Session:
            self._made = work(job)
            return self._made

        if not self._background.busy:
            self._background.start(make, done, self._refuse)

    def _refuse(self, why: str) -> None:
        if self._dialog is not None:
            self._dialog.refuse(why)
        elif self._notice is not None:
            self._notice.report("The training cannot be shown.", why, level="warn")

    def _turn_to(self, session: Session) -> None:
        self.next = session
        self._leave(self._stay)

    def _stay(self) -> None:
        self.next = None
        self._drop()

    def _drop(self) -> None:
        if self._made is not None:
            self._made.close()
            self._made = None

    def stop(self) -> None:
        """End what is under way."""
        if self._dialog is not None:
            self._dialog.reject()
        self._background.stop()
        if self.next is None:  # it was ready when nobody wanted it any more
            self._drop()

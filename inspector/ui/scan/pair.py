"""Two images that look alike, side by side: the one that was found, and the one that it is like."""

from collections.abc import Callable
from concurrent.futures import CancelledError, Future

import numpy as np
import numpy.typing as npt

from inspector.session.records import FileExamination, Preview, ScanRow
from inspector.ui.future_watcher import FutureWatcher
from inspector.ui.plain_text import plain_text
from inspector.ui.problems.pictures import ProblemPictures
from inspector.ui.theme import Theme

Examine = Callable[[str], Future[FileExamination]]


class PairPictures(ProblemPictures):
    """Hidden while the chosen row is not about two images.

    Args:
        examine: looks at a file in a process of its own; None: it cannot be done here.
    """

    titles = ("found", "like this one")

    def __init__(self, theme: Theme, examine: Examine | None) -> None:
        super().__init__(theme)
        self._examine = examine
        self._watcher = FutureWatcher(self)
        self._pair: tuple[str, str] | None = None
        self.setObjectName("scanPair")
        self.setAccessibleName("The image that was found, and the one it resembles")
        self.hide()

    def show_row(self, row: ScanRow | None) -> None:
        """Show the two images of a row; None: no row is chosen."""
        pair = (row.path, row.other) if row is not None and row.other is not None else None
        if pair == self._pair or self._examine is None:
            return
        self._pair = pair
        self._watcher.forget()
        self.setVisible(pair is not None)
        self.show_pictures(None)
        if pair is None:
            return
        self.setToolTip(plain_text(f"{pair[0]} looks like {pair[1]}"))
        found: list[Preview | None] = []

        def take(examination: FileExamination) -> None:
            found.append(examination.lenient or examination.second)
            if len(found) == len(pair):
                self.show_pictures((found[0], found[1]))

        for path in pair:
            self._watcher.watch(self._examine(path), take)

    def picture(self, path: str) -> npt.NDArray[np.uint8] | None:
        """Of any file, small; None where it cannot be shown. Waits: not for the GUI thread."""
        if self._examine is None:
            return None
        try:
            examination = self._examine(path).result()
        except CancelledError:  # the session was closed meanwhile
            return None
        preview = examination.lenient or examination.second
        return preview.rgb if preview is not None else None

    def stop(self) -> None:
        """Wait for nothing any more; the window closes."""
        self._watcher.forget()

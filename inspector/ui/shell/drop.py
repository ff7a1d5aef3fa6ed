"""Folders and files that are dropped on the window, anywhere on it."""

import os
from collections.abc import Callable, Collection, Sequence
from functools import partial

from PySide6.QtCore import QEvent, QMimeData, QObject, QRectF, Qt, QUrl, Signal
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from inspector import formatting as fmt
from inspector.errors import SourceError
from inspector.locations import LocationKind, is_url, kind_of
from inspector.path_advice import about_other
from inspector.ui.background_job import BackgroundJob
from inspector.ui.theme import Theme
from inspector.ui.widgets import scaled_font

NO_FILES = "Only folders, files and storage URLs can be opened"


def what_to_open(paths: Sequence[str], extensions: Collection[str]) -> str | list[str]:
    """The one folder, image, container or list among `paths`; or several images or containers, which are a list.

    Asks the file system, so not for the GUI thread. `extensions`: of images, without dots.

    Raises:
        SourceError: where it is neither; names the file and says what can be dropped.
    """
    kinds = [_kind_of(path, extensions) for path in paths]
    containers = [path for path, kind in zip(paths, kinds, strict=True) if kind is LocationKind.CONTAINER]
    folders = [path for path, kind in zip(paths, kinds, strict=True) if kind is LocationKind.FOLDER]
    images = [path for path, kind in zip(paths, kinds, strict=True) if kind is LocationKind.IMAGE]
    if len(paths) == 1:
        (path,) = paths
        if kinds[0] is not LocationKind.OTHER:
            return path
        raise SourceError(f"{fmt.file_name(path)} is {about_other(path)}.")
    if folders:
        raise SourceError(
            f"{fmt.plural(len(paths), 'thing')} were dropped, and “{fmt.file_name(folders[0])}” is a folder. Drop one "
            "folder, or only images; for several folders, drop the one that they lie in."
        )
    if len(containers) == len(paths):
        return containers
    if not images:
        raise SourceError(
            f"None of the {len(paths):,} files is an image, as far as their names show; {fmt.file_name(paths[0])}, for "
            "example. Drop images, one folder, or one .txt list of files."
        )
    return images[0] if len(images) == 1 else images


def is_script(path: str) -> bool:
    """It is a program in Python, which may train. Asks the file system."""
    return path.endswith(".py") and os.path.isfile(path)


def _kind_of(path: str, extensions: Collection[str]) -> LocationKind:
    try:
        return kind_of(path, extensions)
    except OSError:  # it has gone, or belongs to somebody else
        return LocationKind.OTHER


class DropTarget(QObject):
    """Makes the whole of a window take what is dropped: shows that it will, and says what was."""

    dropped = Signal(object)  # a path, or a list of images
    script_dropped = Signal(str)  # of a training
    refused = Signal(str)

    def __init__(self, window: QWidget, theme: Theme, extensions: Collection[str]) -> None:
        super().__init__(window)
        self._window = window
        self._extensions = extensions
        self._veil = DropVeil(window, theme)
        self._background = BackgroundJob(self)
        for child in window.findChildren(QWidget):  # a text field would take the path as text
            child.setAcceptDrops(False)
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def stop(self) -> None:
        """End what is under way."""
        self._background.stop()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QDragEnterEvent):
            self._veil.show_words(*_in_words(event.mimeData()))
            event.acceptProposedAction()  # also what cannot be opened: the user sees why
            return True
        if isinstance(event, QDropEvent):  # or its subclass for a move
            event.acceptProposedAction()
            if event.type() == QEvent.Type.Drop:
                self._veil.hide()
                self._take(event.mimeData())
            return True
        if event.type() == QEvent.Type.DragLeave:
            self._veil.hide()
        elif event.type() == QEvent.Type.Resize:
            self._veil.fit()
        return False

    def _take(self, dragged: QMimeData) -> None:
        paths = _paths(dragged)
        if not paths and (url := _url(dragged)):
            self.dropped.emit(url)
        elif not paths:
            self.refused.emit(f"{NO_FILES}. What was dropped is something else, such as text.")
        elif not self._background.busy:
            self._background.start(lambda _progress: self._look_at(paths), lambda take: take(), self.refused.emit)

    def _look_at(self, paths: Sequence[str]) -> Callable[[], None]:
        """What to do with them; asks the file system."""
        if len(paths) == 1 and is_script(paths[0]):
            return partial(self.script_dropped.emit, paths[0])
        return partial(self.dropped.emit, what_to_open(paths, self._extensions))


def _paths(dragged: QMimeData) -> list[str]:
    return [os.path.normpath(url.toLocalFile()) for url in dragged.urls() if url.isLocalFile()]


def _url(dragged: QMimeData) -> str:
    """The one URL, such as a link of a browser's; "" where it is none."""
    urls = [
        url.toString(QUrl.ComponentFormattingOption.FullyEncoded) for url in dragged.urls() if not url.isLocalFile()
    ]
    return urls[0] if len(urls) == 1 and is_url(urls[0]) else ""


def _in_words(dragged: QMimeData) -> tuple[str, str]:
    """What would happen; in large words, and in small ones below."""
    paths = _paths(dragged)
    if not paths and (url := _url(dragged)):
        return f"Drop to open {fmt.file_name(QUrl(url).path())}", QUrl(url).host()
    if not paths:
        return "This cannot be opened", NO_FILES
    if len(paths) == 1:
        verb = "watch" if paths[0].endswith(".py") else "open"
        return f"Drop to {verb} {fmt.file_name(paths[0])}", fmt.readable(os.path.dirname(paths[0]))
    return f"Drop to open {fmt.plural(len(paths), 'file')} as one list", "In the order in which they are dropped"


class DropVeil(QWidget):
    """Lies over the window while something is dragged over it."""

    def __init__(self, window: QWidget, theme: Theme) -> None:
        super().__init__(window)
        self._window = window
        self.setObjectName("dropVeil")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._theme = theme
        self._words = self._more = ""
        self.hide()

    def show_words(self, words: str, more: str) -> None:
        self._words, self._more = words, more
        self.setAccessibleName(words)
        self.fit()
        self.raise_()
        self.show()

    def fit(self) -> None:
        """Cover the window."""
        self.setGeometry(self._window.rect())

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = self._theme.colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        cover = QColor(colours.window)
        cover.setAlphaF(0.95)
        painter.fillRect(self.rect(), cover)
        frame = QRectF(self.rect()).adjusted(14, 14, -14, -14)
        painter.setPen(QPen(QColor(colours.accent), 2.5, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(frame, 12, 12)
        large = scaled_font(self.font(), 1.9)
        painter.setFont(large)
        painter.setPen(QColor(colours.text))
        middle = frame.center().y()
        flags = Qt.AlignmentFlag.AlignCenter
        metrics = painter.fontMetrics()
        words = metrics.elidedText(self._words, Qt.TextElideMode.ElideMiddle, round(frame.width()) - 40)
        painter.drawText(
            QRectF(frame.x(), middle - 2 * metrics.height(), frame.width(), 2 * metrics.height()), flags, words
        )
        painter.setFont(self.font())
        painter.setPen(QColor(colours.dim))
        metrics = painter.fontMetrics()
        more = metrics.elidedText(self._more, Qt.TextElideMode.ElideMiddle, round(frame.width()) - 40)
        painter.drawText(QRectF(frame.x(), middle, frame.width(), 2 * metrics.height()), flags, more)
        painter.end()

"""From a session to what is shown of an image, without a wait in the GUI thread."""

from concurrent.futures import Future, ThreadPoolExecutor

from PySide6.QtCore import QObject, Signal

from inspector.session.protocol import Session
from inspector.session.records import BatchView, DeliveredImage, SecondLook
from inspector.ui.future_watcher import FutureWatcher
from inspector.ui.viewer.image_data import ImageData, image_data


class ImageLoader(QObject):
    """Gets one image at a time; of an image that is not wanted any more, nothing comes."""

    delivered = Signal(object)  # a `DeliveredImage`, or None where its batch is forgotten
    ready = Signal(object)  # its `ImageData`
    fields_read = Signal(tuple)  # what the sample has beside it: may come before or after

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._watcher = FutureWatcher(self)
        self._fields_watcher = FutureWatcher(self)  # they may have to come from far away, and the image is there
        self._composer: ThreadPoolExecutor | None = None
        self._image: DeliveredImage | None = None  # as long as it is held, its batch is kept

    def load(self, view: BatchView, position: int) -> None:
        """Get this image, and `delivered` and then `ready` are emitted."""
        self._forget()
        pixels = self._session.pixels(view.key, position)
        if "proof" in self._session.capabilities:
            look = self._session.second_look(view.key, position)
        else:
            look = Future()
            look.set_result(None)

        def compose(found: SecondLook | None) -> None:
            if self._composer is None:
                self._composer = ThreadPoolExecutor(1, thread_name_prefix="inspector-viewer")
            thumbnail = view.thumbnails[position]
            made: Future[ImageData] = self._composer.submit(image_data, thumbnail, self._image, found)
            self._watcher.watch(made, self.ready.emit)

        self._watcher.watch(pixels, self._take)
        self._fields_watcher.watch(self._session.fields(view.key, position), self.fields_read.emit)
        self._watcher.watch(look, compose)

    def stop(self) -> None:
        """Let the image and its batch go; what is in progress is waited for."""
        self._forget()
        self._image = None
        if self._composer is not None:
            self._composer.shutdown(wait=True, cancel_futures=True)
            self._composer = None

    def _forget(self) -> None:
        self._watcher.forget()
        self._fields_watcher.forget()

    def _take(self, image: DeliveredImage | None) -> None:
        self._image = image
        self.delivered.emit(image)

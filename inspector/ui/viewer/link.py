"""What ties the viewer to the batch in the window: it opens an image of it, and the window follows to that tile."""

from PySide6.QtCore import QObject

from inspector.monitor.records import BatchView, DeliveredImage
from inspector.ui.batch.tiles import BatchList
from inspector.ui.viewer.window import ViewerWindow


class ViewerLink(QObject):
    """Keeps the memory of the batch that is shown until another is, or until `forget`."""

    def __init__(self, tiles: BatchList, viewer: ViewerWindow) -> None:
        super().__init__(tiles)
        self._tiles = tiles
        self._viewer = viewer
        self._view: BatchView | None = None
        self._images: tuple[DeliveredImage, ...] = ()  # of `_view`, whole
        self._viewed = (0, -1)  # run and number of the batch that the viewer was opened on
        tiles.image_opened.connect(self._open)
        viewer.moved.connect(self._choose_tile)

    def show_batch(self, view: BatchView | None, images: tuple[DeliveredImage, ...]) -> None:
        """The batch that the window shows now."""
        self._view, self._images = view, images

    def forget(self) -> None:
        """Let the batch's memory go."""
        self._images = ()

    def _open(self, position: int) -> None:
        if self._view is not None and self._images:
            self._viewed = (self._view.run, self._view.number)
            self._viewer.open_images(self._images, position)

    def _choose_tile(self, position: int) -> None:
        """The tile of the image in the viewer, while both show the same batch."""
        if self._view is not None and (self._view.run, self._view.number) == self._viewed:
            self._tiles.choose(position)

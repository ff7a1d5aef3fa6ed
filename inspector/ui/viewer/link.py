"""What ties the viewer to the batch in the window: it opens an image of it, and the window follows to that tile."""

from PySide6.QtCore import QObject

from inspector.session.protocol import Session
from inspector.session.records import BatchKey, BatchView
from inspector.ui.batch.tiles import BatchList
from inspector.ui.viewer.window import ViewerWindow


class ViewerLink(QObject):
    """Where the session gives no whole images, nothing is opened."""

    def __init__(self, session: Session, tiles: BatchList, viewer: ViewerWindow) -> None:
        super().__init__(tiles)
        self._tiles = tiles
        self._viewer = viewer
        self._view: BatchView | None = None
        self._opened: BatchKey | None = None  # the batch that the viewer was opened on
        if "pixels" in session.capabilities:
            tiles.image_opened.connect(self._open)
            viewer.moved.connect(self._choose_tile)

    def show_batch(self, view: BatchView | None) -> None:
        """The batch that the window shows now."""
        self._view = view

    def _open(self, position: int) -> None:
        if self._view is not None:
            self._opened = self._view.key
            self._viewer.open_image(self._view, position)

    def _choose_tile(self, position: int) -> None:
        """The tile of the image in the viewer, while both show the same batch."""
        if self._view is not None and self._view.key == self._opened:
            self._tiles.choose(position)

"""The batch to look at, as a Qt list model: what was delivered, with the files that were skipped spread among it."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from inspector import formatting as fmt
from inspector.monitor.colour_proof import Proof
from inspector.monitor.records import BatchView, Thumbnail
from inspector.session.records import Problem
from inspector.ui.plain_text import plain_text

MAX_SKIPPED_TILES = 8  # more would push the images out of sight; the table below has them all
TILE_ROLE = Qt.ItemDataRole.UserRole
PROOF_ROLE = Qt.ItemDataRole.UserRole + 1


@dataclass(frozen=True, slots=True)
class MoreSkipped:
    """Stands for the skipped files that have no tile of their own."""

    count: int


Tile = Thumbnail | Problem | MoreSkipped


class BatchModel(QAbstractListModel):
    """One row a tile. `TILE_ROLE` gives the tile, `PROOF_ROLE` the proof of its colours, where there is one; display,
    tool tip and accessible text are the standard roles.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tiles: list[Tile] = []
        self._positions: dict[Tile, int] = {}
        self._left_out: frozenset[int] = frozenset()
        self._view: BatchView | None = None
        self._proofs: dict[Tile, Proof | None] = {}

    def show(self, view: BatchView | None) -> None:
        """Replace the batch; keeps the scroll position where the number of tiles stays the same."""
        self._view = view
        self._proofs = {}
        self._positions = {} if view is None else {tile: at for at, tile in enumerate(view.thumbnails)}
        self._replace_tiles()

    def leave_out(self, positions: frozenset[int]) -> None:
        """Show the batch without these images, and then without the skipped files, too."""
        if positions != self._left_out:
            self._left_out = positions
            self._replace_tiles()

    def _replace_tiles(self) -> None:
        tiles = _tiles(self._view)
        if self._left_out:
            tiles = [tile for tile in tiles if self._positions.get(tile, -1) not in {*self._left_out, -1}]
        if len(tiles) == len(self._tiles):
            self._tiles = tiles
            if tiles:
                self.dataChanged.emit(self.index(0), self.index(len(tiles) - 1))
            return
        self.beginResetModel()
        self._tiles = tiles
        self.endResetModel()

    def show_proofs(self, proofs: Sequence[Proof | None]) -> None:
        """What is known of the colours by now: one entry for each image of the batch, by position."""
        if self._view is None:
            return
        before, self._proofs = self._proofs, dict(zip(self._view.thumbnails, proofs, strict=False))
        for row, tile in enumerate(self._tiles):
            if self._proofs.get(tile) is not before.get(tile):  # each row on its own: only these are painted again
                index = self.index(row)
                self.dataChanged.emit(index, index)

    def position(self, index: QModelIndex) -> int | None:
        """Which image of the batch a row is; None for a skipped file."""
        return self._positions.get(self._tiles[index.row()]) if index.isValid() else None

    def position_of(self, tile: Tile) -> int:
        """Which image of the batch a tile is; -1 for a skipped file."""
        return self._positions.get(tile, -1)

    def row(self, position: int) -> QModelIndex:
        """The row of an image of the batch; invalid where there is no such image."""
        if self._view is None or not 0 <= position < len(self._view.thumbnails):
            return QModelIndex()
        tile = self._view.thumbnails[position]
        return self.index(self._tiles.index(tile)) if tile in self._tiles else QModelIndex()

    def tile(self, row: int) -> tuple[Tile, Proof | None]:
        """The tile of a row and its proof: what the two roles give, without a way through Qt, for each painting."""
        tile = self._tiles[row]
        return tile, self._proofs.get(tile)

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._tiles)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        tile = self._tiles[index.row()]
        match role:
            case Qt.ItemDataRole.UserRole:
                return tile
            case Qt.ItemDataRole.DisplayRole:
                return tile_name(tile)
            case Qt.ItemDataRole.ToolTipRole if isinstance(tile, Thumbnail):
                return plain_text(
                    _description(tile, self._proofs.get(tile)) + "\n\nDouble click, Enter or Space opens it."
                )
            case Qt.ItemDataRole.ToolTipRole | Qt.ItemDataRole.AccessibleTextRole:
                return plain_text(_description(tile, self._proofs.get(tile)))
        return self._proofs.get(tile) if role == PROOF_ROLE else None


def tile_name(tile: Tile) -> str:
    """The file's name, or what stands in its place."""
    return fmt.plural(tile.count, "more") if isinstance(tile, MoreSkipped) else fmt.file_name(tile.path)


def _tiles(view: BatchView | None) -> list[Tile]:
    if view is None:
        return []
    skipped: list[Tile] = list(view.skipped)
    if len(skipped) > MAX_SKIPPED_TILES:
        skipped[MAX_SKIPPED_TILES - 1 :] = [MoreSkipped(len(view.skipped) - MAX_SKIPPED_TILES + 1)]
    return _spread(skipped, list(view.thumbnails))


def _spread(skipped: list[Tile], delivered: list[Tile]) -> list[Tile]:
    """Evenly, since where a skipped file stood is not known: some are always in sight, and images too."""
    tiles = list(delivered)
    share = (len(delivered) + 1) / max(len(skipped), 1)
    for number, tile in enumerate(skipped):
        tiles.insert(int((number + 0.5) * share) + number, tile)
    return tiles


def _description(tile: Tile, proof: Proof | None) -> str:
    if isinstance(tile, MoreSkipped):
        return f"{fmt.plural(tile.count, 'more skipped file')}: see the table of skipped files"
    lines = [fmt.readable(tile.path)]
    if isinstance(tile, Problem):
        return "\n".join([*lines, f"skipped, {tile.kind}: {tile.reason}"])
    lines.append(f"{tile.width:,} {fmt.TIMES} {tile.height:,} pixels, file {tile.index:,} of the index")
    if tile.label is not None:
        lines.append(f"class {fmt.readable(tile.label)}")
    if tile.problem is not None:
        lines.append(f"kept, {tile.problem.kind}: {tile.problem.reason}")
    if proof is not None:
        lines.append(f"colours, {proof.verdict}: {proof.reason}")
    return "\n".join(lines)

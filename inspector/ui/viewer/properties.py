"""What is known of an image: of what was delivered, of its file, and where it stands."""

from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from inspector import formatting as fmt
from inspector.ui.viewer.image_data import ImageExamination
from inspector.ui.widgets import LiveText, label

_ORIENTATIONS = {
    1: "1: as stored",
    2: "2: mirrored",
    3: "3: turned by 180°",
    4: "4: mirrored upside down",
    5: "5: mirrored, turned left",
    6: "6: turned right",
    7: "7: mirrored, turned right",
    8: "8: turned left",
}
_NAMES = ("File", "Folder", "Class", "In the batch", "In the index", "Delivered", "Range", "Image", "On disk", "Format")


class PropertiesPanel(QWidget):
    """Two columns: what, and its value, which can be read whole in its tool tip."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("viewerFacts")
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        self._values: dict[str, LiveText] = {}
        for row, name in enumerate((*_NAMES, "EXIF")):
            title: QLabel = label(name, "dim")
            value = LiveText(self.font())
            value.setAccessibleName(name)
            self._values[name] = value
            grid.addWidget(title, row, 0)
            grid.addWidget(value, row, 1)

    def value(self, name: str) -> str:
        """What is shown beside that name."""
        return self._values[name].text()

    def show_facts(self, found: ImageExamination) -> None:
        image, thumbnail, header = found.image, found.image.thumbnail, found.look.header
        path = fmt.readable(thumbnail.path)
        name = fmt.file_name(thumbnail.path)
        if image.pixels is None:
            delivered = values = fmt.UNKNOWN
        else:
            delivered = f" {fmt.TIMES} ".join(f"{side:,}" for side in image.pixels.shape) + f", {image.pixels.dtype}"
            values = f"{found.lowest:g} to {found.highest:g}"
        orientation = fmt.UNKNOWN if header is None else _ORIENTATIONS.get(header.orientation, fmt.UNKNOWN)
        kind = fmt.UNKNOWN if header is None else ", ".join(part for part in (header.format, header.note) if part)
        texts = {
            "File": name,
            "Folder": path.removesuffix(name) or fmt.UNKNOWN,
            "Class": fmt.readable(thumbnail.label) if thumbnail.label is not None else fmt.UNKNOWN,
            "In the batch": f"{image.position + 1:,} of {image.count:,}, batch {image.number:,}, epoch {image.epoch:,}",
            "In the index": f"file {thumbnail.index:,}",
            "Delivered": delivered,
            "Range": values,
            "Image": f"{thumbnail.width:,} {fmt.TIMES} {thumbnail.height:,} pixels",
            "On disk": fmt.with_unit(fmt.whole(found.look.file_bytes), "bytes"),
            "Format": kind,
            "EXIF": orientation,
        }
        for title, text in texts.items():
            self._values[title].show_text(text, "")

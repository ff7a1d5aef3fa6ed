"""What is known of an image: of what was delivered, of its file, and where it stands."""

from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from inspector import formatting as fmt
from inspector.ui.viewer.image_data import ImageData
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
        self._titles: dict[str, QLabel] = {}
        for row, name in enumerate((*_NAMES, "EXIF")):
            title = self._titles[name] = label(name, "dim")
            value = LiveText(self.font())
            value.setAccessibleName(name)
            self._values[name] = value
            grid.addWidget(title, row, 0)
            grid.addWidget(value, row, 1)

    def value(self, name: str) -> str:
        """What is shown beside that name."""
        return self._values[name].text()

    def show_data(self, data: ImageData, place: str) -> None:
        """All that is known. `place`: of the image in its batch."""
        pixels, thumbnail, facts = data.pixels, data.thumbnail, data.look.facts
        name = fmt.file_name(thumbnail.path)
        if pixels is None:
            delivered = values = fmt.UNKNOWN
        else:
            delivered = f" {fmt.TIMES} ".join(f"{side:,}" for side in pixels.shape) + f", {pixels.dtype}"
            values = f"{data.lowest:g} to {data.highest:g}"
        orientation = kind = fmt.UNKNOWN
        if facts is not None and facts.format:
            orientation = _ORIENTATIONS.get(facts.orientation, fmt.UNKNOWN)
            kind = ", ".join(part for part in (facts.format, facts.note) if part)
        texts = {
            "File": name,
            "Folder": fmt.container(thumbnail.path) or fmt.UNKNOWN,
            "Class": fmt.readable(thumbnail.label) if thumbnail.label is not None else fmt.UNKNOWN,
            "In the batch": place,
            "In the index": f"file {thumbnail.index:,}",
            "Delivered": delivered,
            "Range": values,
            "Image": f"{thumbnail.width:,} {fmt.TIMES} {thumbnail.height:,} pixels",
            "On disk": fmt.with_unit(fmt.whole(facts.file_bytes if facts is not None else None), "bytes"),
            "Format": kind,
            "EXIF": orientation,
        }
        in_container = "::" in thumbnail.path
        self._titles["Folder"].setText("Lies in" if in_container else "Folder")
        for title, text in texts.items():
            self._values[title].show_text(text, "", tip=fmt.readable(thumbnail.path) if title == "File" else "")

"""A sweep in a file: as CSV, as JSON, or as an image."""

from collections.abc import Callable

from PySide6.QtGui import QImage

from inspector import formatting as fmt
from inspector.session.job import Job
from inspector.session.records import Report
from inspector.ui.exporting import write_export


def report_writer(report: Report, file: str, draw: Callable[[], QImage]) -> Callable[[Job[str]], str]:
    """A job that writes the report to `file`, as its name ends: CSV, PNG, else JSON; it returns a sentence.

    Args:
        draw: makes the image; called at once where it is needed, as only the GUI thread may.
    """
    ending = file.lower().rpartition(".")[2]
    if ending == "png":
        image = draw()
        return lambda _job: _write_image(file, image)
    make = report.as_csv if ending == "csv" else report.as_json
    return lambda job: write_export(file, (make(),), job)


def _write_image(file: str, image: QImage) -> str:
    if not image.save(file, "PNG"):  # type: ignore[call-overload]
        raise ValueError(f"{fmt.readable(file)}: the picture could not be written; choose another folder")
    return f"written to {fmt.file_name(file)}"

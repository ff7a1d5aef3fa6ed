"""The report of a scan: how many files have what, and a contact sheet of each kind of finding."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from inspector import __version__
from inspector import formatting as fmt
from inspector.colours import DARK, LIGHT
from inspector.doctor.findings import without_home
from inspector.report.label_figures import label_figures
from inspector.report.page import css_colours, environment
from inspector.report.pictures import data_uri
from inspector.session.protocol import Findings
from inspector.session.records import CHECKS, ROW_NAMES, LabelStatistics, ScanProgress, ScanRow, ScanState

MOST_ROWS = 24  # of one kind; groups that these are of may have more
_LOOK_AHEAD = 4096  # rows in which others of these groups are looked for
_MOST_OF_GROUP = 8
Picture = Callable[[str], npt.NDArray[np.uint8] | None]


@dataclass(frozen=True, slots=True)
class _Image:
    """A picture of the sheet. `picture`: a data URI, "" where there is none."""

    name: str
    tip: str
    picture: str


@dataclass(frozen=True, slots=True)
class _Sheet:
    """All that is shown of one kind of finding: tiles, or lines where there is nothing to see.

    Attributes:
        groups: images that are alike, which stand together.
    """

    title: str
    description: str
    count: str
    tiles: list[_Image]
    groups: list[list[_Image]]
    lines: list[tuple[str, str]]
    left_out: str


def scan_page(
    source: str,
    progress: ScanProgress,
    findings: Findings,
    picture: Picture,
    labels: Callable[[], LabelStatistics | None] = lambda: None,
) -> Iterator[str]:
    """One HTML file that loads nothing and runs nothing, in pieces.

    Args:
        picture: small (h, w, 3) RGB of a file; None where it cannot be shown.
        labels: the figures of the annotations, which may take long; None: there are none.
    """
    now = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %z")
    checked = f"{fmt.plural(progress.files, 'file')} checked in {fmt.duration(progress.seconds)}"
    if progress.state is not ScanState.COMPLETE:
        checked = f"Cancelled: {progress.done:,} of {checked}"
    yield (
        environment()
        .get_template("scan.html")
        .render(
            title=fmt.place(source),
            about=" · ".join((without_home(source), now, f"inspector {__version__}")),
            bad=progress.done - progress.good,
            headline=f"{checked}: {progress.good:,} good",
            labels=label_figures(figures) if (figures := labels()) is not None else None,
            sheets=[_sheet(name, count, findings, picture) for name, count in findings.counts().items()],
            light=css_colours(asdict(LIGHT)),
            dark=css_colours(asdict(DARK)),
        )
    )


def _sheet(name: str, count: int, findings: Findings, picture: Picture) -> _Sheet:
    names, _ = findings.columns()
    numbers = np.flatnonzero(names == [str(each) for each in ROW_NAMES].index(name))[:_LOOK_AHEAD].tolist()
    check = CHECKS.get(name)
    tiles: list[_Image] = []
    groups: list[list[_Image]] = []
    lines: list[tuple[str, str]] = []
    shown_rows = 0
    for members in _together(numbers, findings):
        rows = [findings.row(number) for number in members]
        shown_rows += len(rows)
        found: list[_Image] = []
        for number, row in zip(members, rows, strict=True):
            relative = findings.relative(number)
            shown = None if row.is_problem else picture(row.path)
            if shown is None:
                lines.append((relative, row.reason))
            else:
                found.append(_Image(relative, f"{relative}: {row.reason}", data_uri(shown)))
        if rows[0].group is None:
            tiles += found
        elif found:
            groups.append([*_others(rows, picture), *found])
    return _Sheet(
        check.title if check is not None else name,
        check.description if check is not None else "",
        f"{count:,}",
        tiles,
        groups,
        lines,
        f"Not shown: {count - shown_rows:,} more." if count > shown_rows else "",
    )


def _together(numbers: Sequence[int], findings: Findings) -> list[list[int]]:
    """The first rows, each alone; of a group all that there are soon, in the place of the first one."""
    found: dict[object, list[int]] = {}
    first = set(numbers[:MOST_ROWS])
    for number in numbers:
        group = findings.row(number).group
        key: object = (None, number) if group is None else group
        if number in first or (key in found and len(found[key]) < _MOST_OF_GROUP):
            found.setdefault(key, []).append(number)
    return list(found.values())


def _others(rows: Sequence[ScanRow], picture: Picture) -> list[_Image]:
    """The images that these are like and that are no rows themselves, to stand before them."""
    paths = dict.fromkeys(row.other for row in rows if row.other is not None)
    for row in rows:
        paths.pop(row.path, None)
    found = [(path, picture(path)) for path in paths]
    return [
        _Image(f"= {fmt.file_name(path)}", path, data_uri(shown) if shown is not None else "") for path, shown in found
    ]

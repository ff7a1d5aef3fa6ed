"""The scores of every sample that was checked, as CSV or Parquet: a row each, in pieces, as there may be millions.

| column | what it is |
| --- | --- |
| location | where the sample is |
| class, split | as the checks of classes and leaks take them; empty where it has none |
| problem | why it cannot be loaded; empty for a good one |
| bytes, width, height | of the file, and of the image in pixels |
| one column for each check of `SCORES`, under its name | what its limit is compared with |
| near-duplicate | bits of the 64 that differ from the most similar image, where at most `max_distance` do |
| group | number that all images share that look alike |
| red, green, blue | mean of each channel, 0 to 255 |
| hash | perceptual hash, as 16 hexadecimal digits |

What is unknown is empty.
"""

import io
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from inspector.errors import SettingsError
from inspector.extras import install_command
from inspector.files import is_special
from inspector.formats.problems import ProblemKind
from inspector.scan.check_settings import ALIKE
from inspector.scan.measure_table import MeasureTable
from inspector.scan.perceptual_hash import NO_HASH
from inspector.scan.places import NONE, Places
from inspector.scan.results import ROW_NAMES, ScanResults
from inspector.scan.scan import Scan
from inspector.scan.scores import SCORES
from inspector.scan.whole_set import WholeSet
from inspector.separated import csv_row

TEXTS = ("location", "class", "split", "problem")
WHOLE = ("bytes", "width", "height")
ALIKE_COLUMNS = ("near-duplicate", "group")
MEANS = ("red", "green", "blue")
COLUMNS = (*TEXTS, *WHOLE, *SCORES, *ALIKE_COLUMNS, *MEANS, "hash")
_ROWS = 1 << 15  # in a piece
_DIGITS = 5
Values = npt.NDArray[Any]


def check_format(file: str) -> None:
    """Before a scan that takes hours.

    Raises:
        SettingsError: for a name that says nothing of a format, or one whose package is missing.
    """
    if file.lower().endswith(".parquet"):
        _pyarrow(file)
    elif file != "-" and not file.lower().endswith(".csv") and not is_special(file):
        raise SettingsError(f"{file}: scores are written as CSV or Parquet; give it a name in .csv or .parquet")


def scores(scan: Scan, file: str) -> Iterator[str | bytes]:
    """The table in the format that `file`'s name says; CSV where it says none.

    Raises:
        SettingsError: where a package is missing.
    """
    return _as_parquet(scan, file) if file.lower().endswith(".parquet") else _as_csv(scan)


def _as_csv(scan: Scan) -> Iterator[str]:
    yield csv_row(COLUMNS)
    for columns in _parts(scan):
        cells = [list(_texts(columns[name], whole=name in (*WHOLE, *ALIKE_COLUMNS))) for name in COLUMNS]
        yield "".join(map(csv_row, zip(*cells, strict=True)))


def _texts(values: Values | Sequence[str], *, whole: bool) -> Iterator[object]:
    if not isinstance(values, np.ndarray):
        return iter(values)
    known = np.isfinite(values).tolist()
    return (
        (int(value) if whole else f"{value:.{_DIGITS}g}") if is_known else None
        for value, is_known in zip(values.tolist(), known, strict=True)
    )


def _as_parquet(scan: Scan, file: str) -> Iterator[bytes]:
    pyarrow = _pyarrow(file)
    from pyarrow import parquet

    types = {
        name: pyarrow.string()
        if name in (*TEXTS, "hash")
        else pyarrow.int64()
        if name in (*WHOLE, *ALIKE_COLUMNS)
        else pyarrow.float32()
        for name in COLUMNS
    }
    schema = pyarrow.schema(list(types.items()))
    written = _Pieces()
    with parquet.ParquetWriter(pyarrow.PythonFile(written, mode="w"), schema) as writer:
        for columns in _parts(scan):
            arrays = [_array(pyarrow, columns[name], kind) for name, kind in types.items()]
            writer.write_table(pyarrow.table(arrays, schema=schema))
            yield written.take()
    yield written.take()


def _array(pyarrow: Any, values: Values | Sequence[str], kind: Any) -> Any:
    if isinstance(values, np.ndarray):
        unknown = ~np.isfinite(values)
        return pyarrow.array(np.where(unknown, 0, values), mask=unknown).cast(kind)
    return pyarrow.array([value.encode("utf-8", "replace").decode() or None for value in values], kind)


def _pyarrow(file: str) -> Any:
    try:
        import pyarrow
    except ImportError as error:
        raise SettingsError(
            f"{file}: Parquet files need pyarrow; install it: {install_command('arrow')}; or name a .csv"
        ) from error
    return pyarrow


class _Pieces(io.RawIOBase):
    """A file that only gathers what is written, until it is taken."""

    def __init__(self) -> None:
        self._written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._written += data
        return len(data)

    def take(self) -> bytes:
        taken = bytes(self._written)
        self._written.clear()
        return taken


# --- the columns


def _parts(scan: Scan) -> Iterator[dict[str, Values | Sequence[str]]]:
    """Some rows at a time: each column by its name, NaN or "" where it is unknown."""
    results = scan.results
    if results is None:
        return
    done = results.done
    table = scan.measures or MeasureTable(len(results.index))
    places = Places.of(results.index, scan.settings.checks.splits)
    problems = _problems(results)
    whole = _whole_columns(scan, results, table)
    for start in range(0, done, _ROWS):
        rows = range(start, min(start + _ROWS, done))
        part = slice(rows.start, rows.stop)
        columns: dict[str, Values | Sequence[str]] = {name: values[part] for name, values in whole.items()}
        columns["location"] = [results.index.absolute(row) for row in rows]
        columns["class"] = _names(places.classes, places.class_of[part])
        columns["split"] = _names(places.splits, places.split_of[part])
        columns["problem"] = [problems.get(row, "") for row in rows]
        columns["hash"] = [f"{value:016x}" if value != NO_HASH else "" for value in table.column("hash")[part].tolist()]
        yield columns


def _names(names: Sequence[str], numbers: npt.NDArray[np.int32]) -> list[str]:
    return ["" if number == NONE else names[number] for number in numbers.tolist()]


def _problems(results: ScanResults) -> dict[int, str]:
    kinds, _ = results.columns()
    bad = np.flatnonzero(kinds < len(ProblemKind)).tolist()
    return {results.file(row): str(ROW_NAMES[kinds[row]]) for row in bad}


def _whole_columns(scan: Scan, results: ScanResults, table: MeasureTable) -> dict[str, Values]:
    """Those that are numbers, of all files."""
    unknown = np.full(len(table), np.nan)
    width, height = table.column("width"), table.column("height")
    columns: dict[str, Values] = {
        "bytes": np.where(table.sizes >= 0, table.sizes, np.nan),
        "width": np.where(height > 0, width, np.nan),
        "height": np.where(height > 0, height, np.nan),
        **{name: score.of(table) for name, score in SCORES.items()},
        **{name: np.where(table.measured, table.column(name).astype(np.float64), np.nan) for name in MEANS},
        **dict.fromkeys(ALIKE_COLUMNS, unknown),
    }
    checks = scan.settings.checks
    if scan.digests is not None and scan.measures is not None and any(name in checks.names for name in ALIKE):
        never: Callable[[], bool] = lambda: False  # noqa: E731
        alike = WholeSet(results.index, checks, scan.digests, scan.measures, never).alike()
        bits = alike.nearest()
        columns["near-duplicate"] = np.where(table.measured, bits, np.nan)
        columns["group"] = np.where(np.isfinite(bits), alike.group, np.nan)
    return columns

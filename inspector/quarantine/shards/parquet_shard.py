"""The good rows of a Parquet file: group by group, with its schema, metadata and encodings."""

from collections.abc import Callable
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from inspector.sources.containers.blob import Blob
from inspector.sources.containers.packed_entries import PackedEntries
from inspector.sources.containers.parquet import BLOCK_SHIFT, place_of
from inspector.sources.containers.parquet_file import group_batches, opened

_CODECS = {"UNCOMPRESSED": "NONE", "LZ4_RAW": "LZ4"}


def write(
    blob: Blob, entries: PackedEntries, kept: npt.NDArray[np.int64], file: BinaryIO, step: Callable[[int], None]
) -> int:
    """Copy the rows that are kept; how many there are. A group of which no row is kept is left out, and not read.

    Args:
        entries: of the file; kept: which of them to keep.
        step: called with about how many bytes of the source are done; what it raises ends it.

    Raises:
        BadFile, StaleIndexError: where the file cannot be read.
        OSError: where the new one cannot be written.
    """
    import pyarrow
    from pyarrow import parquet

    source = opened(blob)
    records = entries.records()[kept]
    groups = records >> np.uint64(BLOCK_SHIFT)
    writer: Any = None
    try:
        writer = parquet.ParquetWriter(file, source.schema_arrow, **_as_it_was(source))
        for group in range(source.num_row_groups):
            rows = np.array([place_of(record)[1] for record in records[groups == group].tolist()], np.int64)
            if len(rows):
                writer.write_table(
                    pyarrow.Table.from_batches(list(_chosen(source, group, rows)), source.schema_arrow),
                    row_group_size=len(rows),
                )
            step(blob.size * (group + 1) // source.num_row_groups)
    finally:
        if writer is not None:
            writer.close()
    return len(kept)


def _chosen(source: Any, group: int, rows: npt.NDArray[np.int64]) -> Any:
    """The rows of a group with these numbers, ascending, some at a time."""
    import pyarrow

    done = 0
    for batch in group_batches(source, group, source.schema_arrow.names):
        inside = rows[(rows >= done) & (rows < done + batch.num_rows)] - done
        done += batch.num_rows
        if len(inside) == batch.num_rows:
            yield batch
        elif len(inside):
            yield batch.take(pyarrow.array(inside))


def _as_it_was(source: Any) -> dict[str, Any]:
    """How the file was written, as far as it says."""
    about = source.metadata
    if not about.num_row_groups:
        return {}
    columns = [about.row_group(0).column(i) for i in range(about.num_columns)]
    codecs = {each.path_in_schema: _CODECS.get(each.compression, each.compression) for each in columns}
    return {
        "version": about.format_version if about.format_version != "2.0" else "2.6",
        "compression": codecs,
        "use_dictionary": [each.path_in_schema for each in columns if each.has_dictionary_page] or False,
        "write_statistics": [each.path_in_schema for each in columns if each.is_stats_set] or False,
        "sorting_columns": about.row_group(0).sorting_columns or None,
    }

"""Small containers to be mutated, and what tries all of a format on one."""

import contextlib
import tempfile
import zipfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from inspector.errors import SourceError
from inspector.formats.problems import BadFile
from inspector.sources.containers.blob import LocalBlob
from inspector.sources.containers.container_format import ContainerFormat
from inspector.sources.containers.entry import Choice
from inspector.sources.containers.formats import FORMATS
from tests.sources.containers.mds_shards import write_mds
from tests.sources.containers.tars import write_tar
from tests.sources.containers.tfrecords import write_tfrecord

_IMAGE = b"\xff\xd8\xff\xe0 no more than the beginning"
_COUNT = 5


def try_all(form: ContainerFormat, data: bytes, place: Path) -> None:
    """Index, images and fields. What is not refused as it should be is raised."""
    file = place / "container"
    file.write_bytes(data)
    blob = LocalBlob(str(file))
    try:
        with contextlib.suppress(SourceError, BadFile):
            for number, entry in enumerate(form.entries(blob, Choice())):
                assert number <= len(data), "more samples than bytes"
                assert entry.offset >= 0
                assert entry.length >= 0
                with contextlib.suppress(BadFile):
                    if not entry.fault:
                        assert len(form.read(blob, entry)) <= 1100 * len(data)  # what deflate can do
                        form.fields(blob, entry)
    finally:
        blob.close()


def seeds(name: str) -> list[bytes]:
    """Small containers of the format, as they should be."""
    with tempfile.TemporaryDirectory() as folder:
        return [file.read_bytes() for file in _SEEDS[name](Path(folder))] if name in _SEEDS else []


def _tar(place: Path) -> list[Path]:
    return [write_tar(place / "a.tar", [*((f"{i}.jpg", _IMAGE) for i in range(_COUNT)), ("4.json", b'{"label": 1}')])]


def _zip(place: Path) -> list[Path]:
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        with zipfile.ZipFile(place / f"{method}.zip", "w", method) as archive:
            for i in range(_COUNT):
                archive.writestr(f"{i}.jpg", _IMAGE)
                archive.writestr(f"{i}.cls", str(i))
    return [*place.iterdir()]


def _tfrecord(place: Path) -> list[Path]:
    records = [{"image": _IMAGE, "label": i, "f": [0.5], "b": b"text"} for i in range(_COUNT)]
    return [write_tfrecord(place / "a.tfrecord", records)]  # type: ignore[arg-type]  # a mapping of mixed values


def _mds(place: Path) -> list[Path]:
    samples = [{"image": _IMAGE, "label": i, "meta": {"a": i}} for i in range(_COUNT)]
    return write_mds(place, {"image": "bytes", "label": "int", "meta": "json"}, [samples])


def _arrow(place: Path) -> list[Path]:
    import pyarrow as pa

    images = pa.array([{"bytes": _IMAGE, "path": None}] * _COUNT)
    columns = {"image": images, "other": pa.array([_IMAGE] * _COUNT, pa.binary_view()), "label": [0.5, None, 1, 2, 3]}
    table = pa.table(columns)
    for name, new in (("stream", pa.ipc.new_stream), ("file", pa.ipc.new_file)):
        with new(str(place / name), table.schema) as writer:
            writer.write_table(table, max_chunksize=2)
    return [*place.iterdir()]


def _parquet(place: Path) -> list[Path]:
    import pyarrow as pa
    from pyarrow import parquet

    table = pa.table({"image": [{"bytes": _IMAGE, "path": None}] * _COUNT, "label": [0.5, None, 1, 2, 3]})
    parquet.write_table(table, place / "a.parquet", row_group_size=2)
    return [place / "a.parquet"]


def _lmdb(place: Path) -> list[Path]:
    import lmdb

    path = place / "a.lmdb"
    with lmdb.open(str(path), map_size=1 << 20, subdir=False) as environment, environment.begin(write=True) as writer:
        for i in range(60):
            writer.put(b"image-%d" % i, _IMAGE * (90 if i % 20 == 0 else 3))
            writer.put(b"label-%d" % i, b"1")
    return [path]


_SEEDS: dict[str, Callable[[Path], list[Path]]] = {
    "tar": _tar,
    "zip": _zip,
    "TFRecord": _tfrecord,
    "MDS": _mds,
    **({"Arrow": _arrow, "Parquet": _parquet} if find_spec("pyarrow") else {}),
    **({"LMDB": _lmdb} if find_spec("lmdb") else {}),
}
CONTAINERS = {each.NAME.lower(): each for each in FORMATS}

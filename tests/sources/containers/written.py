"""The same photographs in containers of every kind whose library is here."""

import zipfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from tests.sources.containers.mds_shards import write_mds
from tests.sources.containers.samples import CLASSES, label_of, photographs
from tests.sources.containers.tars import write_tar
from tests.sources.containers.tfrecords import Value, write_tfrecord


def _folder(place: Path) -> Path:
    for name, content in photographs():
        (place / name).write_bytes(content)
    return place


def _tar(place: Path) -> Path:
    return write_tar(place / "a.tar", _members())


def _zip(place: Path) -> Path:
    with zipfile.ZipFile(place / "a.zip", "w", zipfile.ZIP_STORED) as archive:
        for name, content in _members():
            archive.writestr(name, content)
    return place / "a.zip"


def _deflated(place: Path) -> Path:
    with zipfile.ZipFile(place / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _members():
            archive.writestr(name, content)
    return place / "a.zip"


def _members() -> list[tuple[str, bytes]]:
    members = []
    for i, (name, content) in enumerate(photographs()):
        members += [(name, content), (f"{name.partition('.')[0]}.cls", b"%d" % label_of(i))]
    return members


def _tfrecords(place: Path) -> Path:
    records: list[dict[str, Value]] = [
        {"image/encoded": content, "image/class/label": label_of(i)} for i, (_, content) in enumerate(photographs())
    ]
    write_tfrecord(place / "a-00000-of-00002.tfrecord", records[:9])
    write_tfrecord(place / "a-00001-of-00002.tfrecord", records[9:])
    return place


def _mds(place: Path) -> Path:
    samples = [{"image": content, "label": CLASSES[label_of(i)]} for i, (_, content) in enumerate(photographs())]
    write_mds(place / "mds", {"image": "bytes", "label": "str"}, [samples[:7], samples[7:]])
    return place / "mds"


def _arrow(place: Path) -> Path:
    import pyarrow as pa

    structs = [{"bytes": content, "path": name} for name, content in photographs()]
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    table = pa.table({"image": pa.array(structs, kind), "label": [label_of(i) for i in range(len(structs))]})
    with pa.ipc.new_stream(str(place / "a.arrow"), table.schema) as writer:
        writer.write_table(table, max_chunksize=6)
    return place / "a.arrow"


def _parquet(place: Path) -> Path:
    import pyarrow as pa
    from pyarrow import parquet

    table = pa.table(
        {
            "image": [{"bytes": content, "path": name} for name, content in photographs()],
            "label": [label_of(i) for i in range(len(photographs()))],
        }
    )
    parquet.write_table(table, place / "a.parquet", row_group_size=6)
    return place / "a.parquet"


def _lmdb(place: Path) -> Path:
    import lmdb

    with lmdb.open(str(place / "lmdb"), map_size=1 << 28) as environment, environment.begin(write=True) as writer:
        for i, (_, content) in enumerate(photographs()):
            writer.put(b"image-%09d" % i, content)
            writer.put(b"label-%09d" % i, b"%d" % label_of(i))
    return place / "lmdb"


WRITERS: dict[str, Callable[[Path], Path]] = {
    "folder": _folder,
    "tar": _tar,
    "zip": _zip,
    "deflated zip": _deflated,
    "TFRecord": _tfrecords,
    "MDS": _mds,
    **({"Arrow": _arrow, "Parquet": _parquet} if find_spec("pyarrow") else {}),
    **({"LMDB": _lmdb} if find_spec("lmdb") else {}),
}

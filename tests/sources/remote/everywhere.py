"""The same photographs, good ones and bad ones, in everything that can be loaded from."""

import os
import zipfile
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import cv2

from tests.conftest import ROOT
from tests.sources.containers.mds_shards import write_mds
from tests.sources.containers.tars import write_tar
from tests.sources.containers.tfrecords import Value, write_tfrecord
from tests.sources.remote.servers import call

CLASSES = ("cat", "dog", "owl")
COUNT, BAD = 500, 20
_SIDE = 72


class Photograph(NamedTuple):
    """One file. `name` has its class as a folder."""

    name: str
    content: bytes
    label: str


def photographs() -> list[Photograph]:
    """In the order that a folder with these files has."""
    crops = _crops()
    found = []
    for i in range(COUNT):
        content = next(crops)
        if i % (COUNT // BAD) == 7:
            kind = i // (COUNT // BAD) % 3
            content = (b"", b"<html>not found</html>", content[: len(content) // 2])[kind]
        label = CLASSES[i * len(CLASSES) // COUNT]
        found.append(Photograph(f"{label}/{i:03}.jpg", content, label))
    return found


def _crops() -> Iterator[bytes]:
    """JPEGs cut out of the sample's photographs, no two alike."""
    names = ("astronaut.jpg", "china.jpg", "rocket.jpg", "flower-progressive.jpg", "coffee-444.jpg")
    pictures = [cv2.imread(str(ROOT / "assets" / "sample" / "photo" / name)) for name in names]
    number = 0
    while True:
        picture = pictures[number % len(pictures)]
        assert picture is not None
        top = number * 13 % (picture.shape[0] - _SIDE)
        left = number * 29 % (picture.shape[1] - _SIDE)
        encoded = cv2.imencode(".jpg", picture[top : top + _SIDE, left : left + _SIDE])[1]
        yield encoded.tobytes()
        number += 1


def _members(photos: list[Photograph]) -> list[tuple[str, bytes]]:
    members = []
    for photo in photos:
        members += [(photo.name, photo.content), (photo.name.replace(".jpg", ".cls"), photo.label.encode())]
    return members


def _folder(photos: list[Photograph], place: Path) -> object:
    for photo in photos:
        path = place / photo.name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(photo.content)
    return place


def _list(photos: list[Photograph], place: Path) -> object:
    _folder(photos, place)
    (place / "list.txt").write_text("".join(f"{photo.name}\t{photo.label}\n" for photo in photos))
    return place / "list.txt"


def _tar(photos: list[Photograph], place: Path) -> object:
    return write_tar(place / "all.tar", _members(photos))


def _tars(photos: list[Photograph], place: Path) -> object:
    part = COUNT // 5
    for i in range(5):
        write_tar(place / f"train-{i:03}.tar", _members(photos[i * part : (i + 1) * part]))
    return str(place / "train-{000..004}.tar")


def _zip(photos: list[Photograph], place: Path) -> object:
    with zipfile.ZipFile(place / "all.zip", "w") as archive:
        for number, photo in enumerate(photos):
            method = zipfile.ZIP_DEFLATED if number % 2 else zipfile.ZIP_STORED
            archive.writestr(photo.name, photo.content, method)
    return place / "all.zip"


def _tfrecord(photos: list[Photograph], place: Path) -> object:
    records: list[dict[str, Value]] = [
        {"image/encoded": photo.content, "image/class/label": photo.label.encode()} for photo in photos
    ]
    write_tfrecord(place / "train.tfrecord-00000-of-00002", records[:200])
    write_tfrecord(place / "train.tfrecord-00001-of-00002", records[200:])
    return place


def _mds(photos: list[Photograph], place: Path) -> object:
    samples = [{"image": photo.content, "label": photo.label} for photo in photos]
    write_mds(place / "mds", {"image": "bytes", "label": "str"}, [samples[:300], samples[300:]])
    return place / "mds"


def _table(photos: list[Photograph]) -> "object":
    import pyarrow as pa

    structs = [{"bytes": photo.content, "path": photo.name} for photo in photos]
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    return pa.table({"image": pa.array(structs, kind), "label": [photo.label for photo in photos]})


def _arrow(photos: list[Photograph], place: Path) -> object:
    import pyarrow as pa

    table = _table(photos)
    with pa.ipc.new_stream(str(place / "a.arrow"), table.schema) as writer:  # type: ignore[attr-defined]
        writer.write_table(table, max_chunksize=64)
    return place / "a.arrow"


def _parquet(photos: list[Photograph], place: Path) -> object:
    from pyarrow import parquet

    parquet.write_table(_table(photos), place / "a.parquet", row_group_size=40)
    return place / "a.parquet"


def _lmdb(photos: list[Photograph], place: Path) -> object:
    import lmdb

    with lmdb.open(str(place / "lmdb"), map_size=1 << 28) as environment, environment.begin(write=True) as writer:
        for i, photo in enumerate(photos):
            writer.put(b"image-%09d" % i, photo.content)
            writer.put(b"label-%09d" % i, photo.label.encode())
    return place / "lmdb"


HERE: dict[str, Callable[[list[Photograph], Path], object]] = {
    "folder": _folder,
    "list": _list,
    "tar": _tar,
    "5 tars": _tars,
    "zip": _zip,
    "TFRecord": _tfrecord,
    "MDS": _mds,
    **({"Arrow": _arrow, "Parquet": _parquet} if find_spec("pyarrow") else {}),
    **({"LMDB": _lmdb} if find_spec("lmdb") else {}),
}


def upload(folder: Path, url: str, bucket: str) -> None:
    """All files of a folder to an S3 server; the bucket is new."""
    call(url, "PUT", f"/{bucket}")
    for directory, _, names in os.walk(folder):
        for name in names:
            path = Path(directory, name)
            call(url, "PUT", f"/{bucket}/{path.relative_to(folder).as_posix()}", path.read_bytes())

"""Ours and its peers on the same shards: images at their native sizes, uint8, as lists.

Run as `python -m tests.benchmarks.bench_shard_peers [--workers 2] [--json]`. It needs PyTorch and pyarrow. Of the
peers, those that are installed take part: `webdataset`, `datasets`, `mosaicml-streaming`, `litdata`.

All shards have the same samples: photographs, in five tars, in one Arrow file, in MDS, and in LitData's own chunks.
Each peer takes part twice: with the project's decoder, and with Pillow, which is its own. Ours has an exact shuffle of
all samples.
"""

import io
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from inspector import Loader
from inspector.formats.decode import decode
from tests.benchmarks.contestants import shard_peers
from tests.benchmarks.measure import Absent, Measure, arguments_parser, compared, interleaved, rate, report, table
from tests.benchmarks.photographs import make_photographs, mean_kb
from tests.sources.containers.mds_shards import write_mds
from tests.sources.containers.tars import write_tar

SHARDS, COPIES = 5, 4
OURS = "inspector, {}"
TO = OURS.format("tars")


def with_ours(content: bytes) -> Any:
    """The project's decoder."""
    return decode(content).rgb


def with_pillow(content: bytes) -> Any:
    """The decoder that these libraries use themselves."""
    from PIL import Image

    return np.array(Image.open(io.BytesIO(content)).convert("RGB"))


@contextmanager
def loading(source: Any, workers: int, batch_size: int, seconds: float) -> Iterator[Measure]:
    with Loader(source, num_workers=workers, batch_size=batch_size) as loader:
        yield rate((len(batch) for batch in iter(loader.__next__, None)), seconds)


def write_arrow(path: Path, contents: list[bytes]) -> Path:
    import pyarrow as pa

    batch = pa.record_batch({shard_peers.IMAGE: pa.array(contents, pa.binary())})
    with pa.ipc.new_stream(str(path), batch.schema) as writer:
        for start in range(0, len(contents), 100):
            writer.write_batch(batch.slice(start, 100))
    return path


def contestants(
    folder: Path, contents: list[bytes], *how: Any
) -> dict[str, Callable[[], AbstractContextManager[Measure]]]:
    """Everybody, with the shards that each needs."""
    members = [(f"{number:06}.jpg", content) for number, content in enumerate(contents)]
    tars = [write_tar(folder / f"{shard}.tar", members[shard::SHARDS]) for shard in range(SHARDS)]
    arrow = write_arrow(folder / "all.arrow", contents)
    part = len(contents) // SHARDS
    samples = [{shard_peers.IMAGE: content} for content in contents]
    mds, chunks = folder / "mds", folder / "chunks"
    write_mds(mds, {shard_peers.IMAGE: "bytes"}, [samples[at * part : (at + 1) * part] for at in range(SHARDS)])
    with suppress(Absent):
        shard_peers.write_litdata(chunks, contents)
    found: dict[str, Callable[[], AbstractContextManager[Measure]]] = {
        OURS.format(name): partial(loading, source, *how)
        for name, source in {"tars": tars, "Arrow": arrow, "MDS": mds}.items()
    }
    for words, decoder in {"our decoder": with_ours, "Pillow": with_pillow}.items():
        found[f"WebDataset, tars, {words}"] = partial(shard_peers.webdataset, tars, decoder, *how)
        found[f"HF datasets, Arrow, {words}"] = partial(shard_peers.hugging_face, arrow, decoder, *how)
        found[f"MosaicML Streaming, MDS, {words}"] = partial(shard_peers.streaming, mds, decoder, *how)
        found[f"LitData, its chunks, {words}"] = partial(shard_peers.litdata, chunks, decoder, *how)
    return found


def main() -> None:
    parser = arguments_parser("Compare loaders of shards.")
    parser.add_argument("--workers", type=int, default=2, help="default: %(default)s")
    parser.add_argument("--batch-size", type=int, default=32, help="default: %(default)s")
    parser.add_argument("--files", type=int, default=400, help="different photographs (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=3.0, help="of each measurement (default: %(default)s)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench_shard_peers_") as made:
        photos = Path(made, "photos")
        photos.mkdir()
        paths = make_photographs(photos, arguments.files)
        kb = mean_kb(paths)
        contents = [Path(path).read_bytes() for path in paths] * COPIES
        openers = contestants(Path(made), contents, arguments.workers, arguments.batch_size, arguments.seconds)
        found, absent = interleaved(openers, arguments.rounds)
    results, rows = compared(found, TO)
    rows += [[name, reason] for name, reason in absent.items()]
    head = f"{len(contents):,} JPEGs of {kb:.0f} KB, {arguments.workers} workers, batches of {arguments.batch_size}"
    report(
        arguments,
        {"mean_kb": kb, "throughput": results},
        table([head, "images/s", "of ours, tars", "CPU ms an image"], rows),
    )


if __name__ == "__main__":
    main()

"""Shards as MosaicML Streaming's `MDSWriter` writes them, byte for byte."""

import json
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

SIZES = {"int": 8, "uint16": 2, "float32": 4}
_KINDS = {"int": "<q", "uint16": "<H", "float32": "<f"}


def write_mds(folder: Path, columns: Mapping[str, str], shards: Sequence[Sequence[Mapping[str, Any]]]) -> list[Path]:
    """The shards of a data set, with its index.json."""
    folder.mkdir(exist_ok=True)
    order = sorted(columns)
    about = {
        "column_encodings": [columns[name] for name in order],
        "column_names": order,
        "column_sizes": [SIZES.get(columns[name]) for name in order],
        "compression": None,
        "format": "mds",
        "hashes": [],
        "size_limit": 2000,
        "version": 2,
    }
    files, index = [], []
    for number, samples in enumerate(shards):
        file = folder / f"shard.{number:05}.mds"
        file.write_bytes(_shard(about, columns, samples))
        raw = {"basename": file.name, "bytes": file.stat().st_size, "hashes": {}}
        index.append({**about, "raw_data": raw, "samples": len(samples), "zip_data": None})
        files.append(file)
    (folder / "index.json").write_text(json.dumps({"shards": index, "version": 2}, sort_keys=True))
    return files


def _shard(about: Mapping[str, Any], columns: Mapping[str, str], samples: Sequence[Mapping[str, Any]]) -> bytes:
    packed = [_sample(columns, each) for each in samples]
    config = json.dumps(about, sort_keys=True).encode()
    offsets = [4 + 4 * (len(packed) + 1) + len(config)]
    for each in packed:
        offsets.append(offsets[-1] + len(each))
    return struct.pack(f"<I{len(offsets)}I", len(packed), *offsets) + config + b"".join(packed)


def _sample(columns: Mapping[str, str], sample: Mapping[str, Any]) -> bytes:
    values = [_value(columns[name], sample[name]) for name in sorted(columns)]
    lengths = [len(value) for name, value in zip(sorted(columns), values, strict=True) if columns[name] not in SIZES]
    return struct.pack(f"<{len(lengths)}I", *lengths) + b"".join(values)


def _value(encoding: str, value: Any) -> bytes:
    if encoding in _KINDS:
        return struct.pack(_KINDS[encoding], value)
    if encoding == "json":
        return json.dumps(value).encode()
    return value.encode() if isinstance(value, str) else bytes(value)

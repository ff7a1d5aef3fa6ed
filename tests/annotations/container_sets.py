"""Sets whose annotations lie with the samples: shards of WebDataset, Parquet. See `sets`."""

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from tests.annotations.sets import CLASSES, HEIGHT, IMAGES, PLACES, WIDTH, boxes_of, corners, name

OF_CONTAINERS = {
    *("box-outside", "box-partly-outside", "box-empty", "duplicate-shape", "not-a-number", "bad-line"),
    *("unknown-class", "no-annotation", "wrong-units", "self-crossing", "too-few-points", "turned-size", "mask-size"),
}


def _image(number: int) -> bytes:
    small = np.random.default_rng(number).integers(0, 256, (6, 8, 3), np.uint8)
    done, data = cv2.imencode(".png", cv2.resize(small, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC))
    assert done
    return data.tobytes()


def _objects(number: int, faults: set[str], form: str) -> list[dict[str, Any]]:
    def planted(fault: str) -> bool:
        return fault in faults and number == PLACES[fault]

    made = []
    for position, (x0, y0, x1, y1) in enumerate([] if planted("no-annotation") else boxes_of(number, faults)):
        box: list[float | None] = [x0, y0, x1 - x0, y1 - y0] if form == "xywh" else [x0, y0, x1, y1]
        segmentation: Any = [[value for corner in corners((x0, y0, x1, y1)) for value in corner]]
        each = {"id": 1 + 10 * number + position, "bbox": box, "category": position % 2, "segmentation": segmentation}
        if position == 0:
            if planted("unknown-class"):
                each["category"] = None
            if planted("not-a-number"):
                box[0] = float("nan")
            if planted("bad-line"):
                each["bbox"] = box[:3]
            if planted("self-crossing"):
                each["segmentation"] = [[x0, y0, x1, y1, x1, y0, x0, y1]]
            if planted("too-few-points"):
                each["segmentation"] = [[x0, y0, x1, y1]]
            if planted("mask-size") and form == "xywh":
                each["segmentation"] = {"size": [HEIGHT, WIDTH + 1], "counts": [HEIGHT * (WIDTH + 1)]}
        made.append(each)
    return made


def _size(number: int, faults: set[str]) -> dict[str, int]:
    turned = "turned-size" in faults and number == PLACES["turned-size"]
    return {"width": HEIGHT, "height": WIDTH} if turned else {"width": WIDTH, "height": HEIGHT}


def webdataset(root: Path, faults: set[str]) -> None:
    """Two shards; the second has its objects as Hugging Face's, and boxes by their corners are told from sizes."""
    root.mkdir(parents=True, exist_ok=True)
    for shard in range(2):
        with tarfile.open(root / f"train-{shard:03}.tar", "w") as tar:
            for number in range(shard * IMAGES // 2, (shard + 1) * IMAGES // 2):
                objects = _objects(number, faults, "xywh")
                for each in objects:
                    each["category"] = CLASSES[each["category"]] if each["category"] is not None else None
                content = json.dumps({"annotations": objects, "caption": "two boxes", **_size(number, faults)})
                for kind, data in (("png", _image(number)), ("json", content.encode())):
                    member = tarfile.TarInfo(f"{name(number)}.{kind}")
                    member.size = len(data)
                    tar.addfile(member, io.BytesIO(data))


def parquet(root: Path, faults: set[str]) -> None:
    """As Hugging Face writes it: a struct of lists, whose classes are numbers with names."""
    import pyarrow
    from pyarrow import parquet as files

    root.mkdir(parents=True, exist_ok=True)
    rows = []
    for number in range(IMAGES):
        objects = _objects(number, faults, "xyxy")
        for each in objects:
            if each["category"] is None:
                each["category"] = 77
        columns = {field: [each[field] for each in objects] for field in ("id", "bbox", "category", "segmentation")}
        rows.append({"image": {"bytes": _image(number), "path": None}, "objects": columns, **_size(number, faults)})
    about = {"info": {"features": {"objects": {"feature": {"category": {"names": [*CLASSES], "_type": "ClassLabel"}},
                                               "_type": "Sequence"}}}}  # fmt: skip
    table = pyarrow.Table.from_pylist(rows).replace_schema_metadata({"huggingface": json.dumps(about)})
    files.write_table(table, root / "train.parquet", row_group_size=7)


CONTAINER_SETS = {"webdataset": (webdataset, OF_CONTAINERS), "parquet": (parquet, OF_CONTAINERS - {"mask-size"})}

"""Forms in which strangers write JSON and XML: what is sound has no row, and each fault has exactly its own."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from inspector.annotations.opening import open_annotations
from inspector.sources.opening import open_source
from tests.annotations.variants import HEIGHT, IMAGES, WIDTH, Texts, check, images, write

# --- COCO -----------------------------------------------------------------------------------------------------

Change = Callable[[list[dict[str, Any]], dict[str, Any]], None]


def coco(root: Path, change: Change | None = None, as_bytes: Callable[[str], bytes] = str.encode) -> None:
    """Categories have gaps; `change` gets the first annotation of each image, and all."""
    images(root / "images")
    made: dict[str, Any] = {
        "images": [{"id": i, "file_name": f"i{i}.png", "width": WIDTH, "height": HEIGHT} for i in range(IMAGES)],
        "annotations": [
            {"id": 2 * i + k, "image_id": i, "category_id": (10, 25)[k], "bbox": [4 + 20 * k, 5, 15, 20], "iscrowd": 0}
            for i in range(IMAGES)
            for k in range(2)
        ],
        "categories": [{"id": 10, "name": "cat", "keypoints": ["a", "b"]}, {"id": 25, "name": "dog"}],
    }
    if change is not None:
        change(made["annotations"][::2], made)
    (root / "annotations").mkdir()
    (root / "annotations/instances_train.json").write_bytes(as_bytes(json.dumps(made)))


def each(name: str, values: list[Any]) -> Change:
    def change(first: list[dict[str, Any]], _made: dict[str, Any]) -> None:
        for annotation, value in zip(first, values, strict=False):
            annotation[name] = value

    return change


def texts_as_ids(_first: list[dict[str, Any]], made: dict[str, Any]) -> None:
    for image in made["images"]:
        image["id"] = f"a{image['id']}"
    for annotation in made["annotations"]:
        annotation |= {"image_id": f"a{annotation['image_id']}", "category_id": str(annotation["category_id"])}
    for category in made["categories"]:
        category["id"] = str(category["id"])


def folders(_first: list[dict[str, Any]], made: dict[str, Any]) -> None:
    for number, image in enumerate(made["images"]):
        image["file_name"] = ("images/", ".\\images\\", "C:\\data\\images\\")[number % 3] + image["file_name"]


def listed(_first: list[dict[str, Any]], made: dict[str, Any]) -> None:
    made["images"] += [{**made["images"][0], "id": 99}, {**made["images"][0], "id": 50, "file_name": "gone.png"}]
    made["images"][1] |= {"width": HEIGHT, "height": WIDTH}
    made["annotations"].append({**made["annotations"][0], "id": 500, "image_id": 999})


FLAT = [4, 5, 19, 5, 19, 25, 4, 25]
RUNS = {"size": [HEIGHT, WIDTH], "counts": [100, 50, HEIGHT * WIDTH - 150]}
COCO: dict[str, tuple[Change | None, list[str]]] = {
    "gaps in the categories": (None, []),
    "texts as ids": (texts_as_ids, []),
    "folders in names": (folders, []),
    "images": (listed, ["image-listed-twice i0", "image-missing gone", "image-missing 999", "turned-size i1"]),
    "no numbers": (
        each("bbox", [[float("nan"), 5, 15, 20], [4, float("-inf"), 15, 20], [4, 5, None, 20], [4, 5, "NaN", 20]]),
        ["not-a-number i0", "not-a-number i1", "not-a-number i2", "bad-line i3"],
    ),
    "numbers as texts": (
        each("bbox", [["4", "5", "15", "20"], [4, 5, 15, 20, 1], [4, 5, True, 20], {"x": 4}]),
        ["bad-line i0", "bad-line i1", "bad-line i2", "bad-line i3"],
    ),
    "sizes": (
        each("bbox", [[30, 5, -15, 20], [4, 5, 0, 20], [-3, 5, 15, 20], [-0.4, 5, 15, 20], [90, 5, 3, 3],
                      [0.1, 0.2, 0.3, 0.1]]),
        ["box-empty i0", "box-empty i1", "box-partly-outside i2", "box-outside i4", "wrong-units i5"],
    ),
    "categories": (each("category_id", [-1, 11, None]), ["unknown-class i0", "unknown-class i1", "unknown-class i2"]),
    "ids twice": (each("id", [0, 0]), ["bad-line i1"]),
    "polygons": (
        each("segmentation", [[[4, 5, 19, 25, 19, 5, 4, 25]], [[4, 5, 19, 25]], [[*FLAT, 4, 5]],
                              [[4, 5, 4, 25, 19, 25, 19, 5]], [[4, 5, 19, 5, 19, 5, 19, 25, 4, 25]], [FLAT[:-1]]]),
        ["self-crossing i0", "too-few-points i1", "bad-line i5"],
    ),
    "run lengths": (
        each("segmentation", [RUNS, {**RUNS, "size": [WIDTH, HEIGHT]}, {**RUNS, "counts": [1, 2]},
                              {**RUNS, "counts": "\x01"}, {"counts": []}]),
        ["mask-size i1", "mask-size i2", "bad-line i3", "bad-line i4"],
    ),
    "keypoints": (each("keypoints", [[5, 6, 2, 0, 0, 0], [5, 6, 2]]), ["bad-line i1"]),
}  # fmt: skip


@pytest.mark.parametrize("kind", COCO)
def test_coco(kind: str, tmp_path: Path) -> None:
    change, expected = COCO[kind]
    coco(tmp_path, change)
    check(tmp_path, *expected)


def test_a_shape_of_an_unknown_class_is_the_one_that_is_drawn_in_red(tmp_path: Path) -> None:
    coco(tmp_path, lambda _first, made: made["annotations"][3].__setitem__("category_id", 77))
    found = open_annotations(open_source(str(tmp_path)))
    assert found is not None
    [fault] = found.faults
    assert (fault.image, fault.shape) == (1, 1)


@pytest.mark.parametrize(
    ("as_bytes", "expected"),
    [
        (lambda text: b"\xef\xbb\xbf" + text.encode(), []),
        (lambda text: text.replace(", ", ",\r\n").encode(), []),
        (lambda text: text.encode("utf-16"), ["bad-line instances_train"]),
        (lambda text: text[: len(text) * 2 // 3].encode(), ["bad-line instances_train"]),
        (lambda text: text.replace('"bbox": [4', '"bbox": [9, 9, 9, 9], "bbox": [4', 1).encode(), ["bad-line i0"]),
        (lambda text: text.replace('"annotations"', '"annotations": [], "annotations"').encode(),
         ["bad-line instances_train"]),
        (lambda text: text.replace("[4, 5", "[1e400, 5", 1).encode(), ["not-a-number i0"]),
        (lambda text: text.replace('"iscrowd": 0', '"keypoints": [1, 1, 2, 0, 0, 0], "num_keypoints": 2', 1).encode(),
         ["bad-line i0"]),
    ],
    ids=["mark", "lines", "utf-16", "half", "a key twice", "a list twice", "1e400", "num_keypoints"],
)  # fmt: skip
def test_a_coco_file(as_bytes: Callable[[str], bytes], expected: list[str], tmp_path: Path) -> None:
    coco(tmp_path, as_bytes=as_bytes)
    check(tmp_path, *expected)


def test_compressed_run_lengths(tmp_path: Path) -> None:
    """As pycocotools writes them: 100 background, 50 mask, 60, 70, and the rest."""
    coco(tmp_path, each("segmentation", [{"size": [HEIGHT, WIDTH], "counts": "T3b1l1d0\\e2"}]))
    check(tmp_path)


# --- VOC ------------------------------------------------------------------------------------------------------


def voc(number: int, *objects: tuple[Any, ...], size: tuple[int, int] = (WIDTH, HEIGHT), head: str = "") -> str:
    corners = ("xmin", "ymin", "xmax", "ymax")
    items = "".join(
        f"<object><name>{name}</name><difficult>1</difficult><bndbox>"
        + "".join(f"<{corner}>{value}</{corner}>" for corner, value in zip(corners, box, strict=True))
        + "</bndbox></object>"
        for name, *box in objects
    )
    about = f"<filename>i{number}.png</filename><size><width>{size[0]}</width><height>{size[1]}</height></size>"
    return f"{head}<annotation>{about}{items}</annotation>"


GOOD = (("cat", 4, 5, 20, 25), ("dog", 30.5, 5.25, 50, 25))
BOMB = '<!DOCTYPE a [<!ENTITY b "b"><!ENTITY c "&b;&b;&b;">]>'
VOC: dict[str, tuple[Texts, list[str]]] = {
    "what is no XML": ({0: voc(0, *GOOD, head=BOMB), 1: voc(1, *GOOD)[:80], 2: ""},
                       ["bad-line i0", "bad-line i1", "bad-line i2"]),
    "encodings": (
        {0: voc(0, *GOOD, head='<?xml version="1.0" encoding="utf-8"?>\r\n'),
         1: voc(1, *GOOD, head='<?xml version="1.0" encoding="utf-16"?>').encode("utf-16"), 2: "\ufeff" + voc(2, *GOOD),
         3: voc(3, ("café", 1, 1, 9, 9), ("café", 11, 1, 19, 9),
                head='<?xml version="1.0" encoding="iso-8859-1"?>').encode("latin-1")},
        [],
    ),
    "classes": ({0: voc(0, ("Cat", 4, 5, 20, 25)), 1: voc(1, ("", 4, 5, 20, 25))},
                ["unknown-class i0", "unknown-class i1"]),
    "numbers": (
        {0: voc(0, ("cat", "NaN", 5, 20, 25)), 1: voc(1, ("cat", "", 5, 20, 25)), 2: voc(2, ("cat", 20, 5, 4, 25)),
         3: voc(3, ("cat", 100, 5, 120, 25)), 4: voc(4, ("cat", "1e400", 5, 20, 25)),
         5: voc(5, ("cat", "4,5", 5, 20, 25))},
        ["not-a-number i0", "bad-line i1", "box-empty i2", "box-outside i3", "not-a-number i4", "bad-line i5"],
    ),
    "sizes": ({0: voc(0, *GOOD, size=(HEIGHT, WIDTH)), 1: voc(1, *GOOD, size=(0, 0)), 2: voc(2, *GOOD, size=(640, 480)),
               3: voc(3, ("cat", 0, 0, WIDTH, HEIGHT)), 4: voc(4, ("cat", .1, .1, .4, .5)), 5: voc(5)},
              ["turned-size i0", "turned-size i1", "turned-size i2", "wrong-units i4", "no-annotation i5"]),
    "names": ({0: voc(0, *GOOD).replace("i0.png", "other.png"), 1: voc(1, *GOOD).replace("i1.png", "C:\\x\\i1.png")},
              ["image-missing other"]),
}  # fmt: skip


@pytest.mark.parametrize("kind", VOC)
def test_voc(kind: str, tmp_path: Path) -> None:
    texts, expected = VOC[kind]
    images(tmp_path / "JPEGImages")
    write(tmp_path, "Annotations/i{}.xml", "", {n: texts.get(n, voc(n, *GOOD)) for n in range(IMAGES)})
    check(tmp_path, *expected)


# --- LabelMe --------------------------------------------------------------------------------------------------


def shape(kind: str, *points: Any, label: Any = "cat") -> dict[str, Any]:
    return {"label": label, "points": [*points], "group_id": None, "shape_type": kind, "flags": {}}


def labelme(number: int, *shapes: Any, **more: Any) -> str:
    about = {"imagePath": f"i{number}.png", "imageWidth": WIDTH, "imageHeight": HEIGHT, "imageData": None, **more}
    return json.dumps({"version": "5", "shapes": [*shapes], **about})


SQUARE = shape("polygon", (4, 5), (20, 5), (20, 25), (4, 25))
LABELME: dict[str, tuple[Texts, list[str]]] = {
    "kinds": (
        {0: labelme(0, shape("circle", (20, 20), (25, 20)), shape("line", (1, 1), (5, 5)), shape("point", (3, 3)),
                    shape("linestrip", (1, 1), (5, 5), (9, 1)), shape("rectangle", (50, 30), (30, 5)),
                    imageData="QUJD" * 9000)},
        [],
    ),
    "points": (
        {0: labelme(0, shape("polygon", (4, 5), (20, 5))), 1: labelme(1, shape("circle", (20, 20))),
         2: labelme(2, shape("rectangle", (1, 1))), 3: '{"shapes": [{', 4: labelme(4, shape("star", (1, 1), (2, 2))),
         5: labelme(5, shape("polygon", (4, 5, 1), (20, 5), (3, 9)))},
        ["too-few-points i0", "too-few-points i1", "too-few-points i2", "bad-line i3", "bad-line i4", "bad-line i5"],
    ),
    "others": (
        {0: labelme(0, shape("rectangle", (1, 1), (9, 9), label="")),
         1: labelme(1, SQUARE, imageWidth=HEIGHT, imageHeight=WIDTH),
         2: labelme(2, shape("rectangle", (1, 1), (9, float("nan")))),
         3: labelme(3, shape("circle", (60, 20), (50, 20))),
         4: labelme(4), 5: labelme(5, SQUARE).replace('"points"', '"points": [], "points"')},
        ["unknown-class i0", "turned-size i1", "not-a-number i2", "box-partly-outside i3", "no-annotation i4",
         "bad-line i5"],
    ),
    "half a character": ({0: labelme(0, SQUARE, **{"shapes": "\ud800"})}, ["bad-line i0"]),
    "another case": ({0: labelme(0, shape("rectangle", (1, 1), (9, 9), label="Cat"))}, ["unknown-class i0"]),
}  # fmt: skip


@pytest.mark.parametrize("kind", LABELME)
def test_labelme(kind: str, tmp_path: Path) -> None:
    texts, expected = LABELME[kind]
    images(tmp_path)
    write(tmp_path, "i{}.json", "", {n: texts.get(n, labelme(n, SQUARE)) for n in range(IMAGES)})
    check(tmp_path, *expected)

"""Forms in which strangers write text files and masks: what is sound has no row, and each fault has exactly its own."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from tests.annotations.variants import HEIGHT, IMAGES, WIDTH, Texts, check, images, write

# --- YOLO -----------------------------------------------------------------------------------------------------

BOXES = "0 0.5 0.5 0.2 0.2\n1 0.3 0.3 0.2 0.2\n"
NAMES = "names: [cat, dog, bird]\n"
SEGMENT = "0 0.1 0.1 0.5 0.1 0.5 0.5 0.3 0.6 0.1 0.5"
TURNED = "0 0.3 0.1 0.5 0.3 0.3 0.5 0.1 0.3"
POSE = "0 0.5 0.5 0.2 0.2 0.5 0.5 2 0 0 0"

YOLO: dict[str, tuple[Texts, str, str, list[str]]] = {
    "half a pixel outside": ({0: f"0 {60.25 / 64:.9f} 0.5 {8.5 / 64:.9f} 0.2"}, BOXES, NAMES, []),
    "a pixel outside": ({0: f"0 {60.5 / 64:.9f} 0.5 {9 / 64:.9f} 0.2"}, BOXES, NAMES, ["box-partly-outside i0"]),
    "no numbers": (
        {0: "0 NaN 0.5 0.1 0.1", 1: "0 inf 0.5 0.1 0.1", 2: "0 0.5 1e400 0.1 0.1", 3: "0 0.5 - 0.1 0.1"},
        BOXES,
        NAMES,
        ["not-a-number i0", "not-a-number i1", "not-a-number i2", "bad-line i3"],
    ),
    "classes": (
        {0: "-1 0.5 0.5 0.1 0.1", 1: "3 0.5 0.5 0.1 0.1", 2: "1.5 0.5 0.5 0.1 0.1", 3: "cat 0.5 0.5 0.1 0.1",
         4: "1.0 0.5 0.5 0.1 0.1", 5: "99999999999 0.5 0.5 0.1 0.1"},
        BOXES,
        NAMES,
        ["unknown-class i0", "unknown-class i1", "unknown-class i2", "bad-line i3", "unknown-class i5"],
    ),
    "encodings": (
        {0: BOXES.encode("utf-16"), 1: "\ufeff" + BOXES, 2: BOXES.encode("utf-16-le"), 3: BOXES.replace("\n", "\r\n"),
         4: BOXES.replace("\n", "\r"), 5: BOXES.replace(" ", "\t")},
        BOXES,
        NAMES,
        ["bad-line i0", "bad-line i2"],
    ),
    "separators": (
        {0: "0,0.5,0.5,0.2,0.2", 1: "0 0,5 0,5 0,2 0,2", 2: "0;0.5;0.5;0.2;0.2", 3: "0 0.5 0.5 0.2 0.2 # cat"},
        BOXES,
        NAMES,
        ["bad-line i0", "bad-line i1", "bad-line i2", "bad-line i3"],
    ),
    "pixels": ({0: "0 32 24 20 20", 1: "0 10 10 5 5"}, BOXES, NAMES, ["wrong-units i0", "wrong-units i1"]),
    "sizes": (
        {0: "0 0.5 0.5 -0.2 0.2", 1: "0 0.5 0.5 0 0.2", 2: "0 0.95 0.5 0.2 0.2", 3: "0 2.5 0.5 0.2 0.2"},
        BOXES,
        NAMES,
        ["box-empty i0", "box-empty i1", "box-partly-outside i2", "box-outside i3"],
    ),
    "columns": ({0: "0 .5 .5 .2", 1: "0 .5 .5 .2 .2 .9", 2: "0"}, BOXES, NAMES,
                ["bad-line i0", "bad-line i1", "bad-line i2"]),
    "the same again": ({0: BOXES + BOXES, 1: "0 .5 .5 .2 .2\n0 .500001 .5 .2 .2"}, BOXES, NAMES,
                       ["duplicate-shape i0", "duplicate-shape i1"]),
    "no lines": ({0: "", 1: "\n \n"}, BOXES, NAMES, ["no-annotation i0", "no-annotation i1"]),
    "polygons": (
        {0: "0 0.1 0.1 0.5 0.5 0.5 0.1 0.1 0.5 0.05 0.3", 1: "0 0.1 0.1 0.5 0.5", 2: f"{SEGMENT} 0.1 0.1"},
        SEGMENT,
        NAMES,
        ["self-crossing i0", "too-few-points i1"],
    ),
    "turned boxes": (
        {0: "0 0.1 0.3 0.3 0.5 0.5 0.3 0.3 0.1", 1: "0 0.9 0.1 1.2 0.3 0.9 0.5 0.7 0.3"},
        TURNED,
        NAMES,
        ["box-partly-outside i1"],
    ),
    "keypoints": (
        {1: "0 0.5 0.5 0.2 0.2 0.5 0.5 2", 2: "0 0.5 0.5 0.2 0.2 1.5 0.5 2 0 0 0",
         3: f"{POSE}\n0 nan .5 .2 .2 0 0 0 0 0 0"},
        POSE,
        "kpt_shape: [2, 3]\nnames: {0: person}\n",
        ["bad-line i1", "box-outside i2", "not-a-number i3"],
    ),
    "names as a map": ({}, BOXES, 'train: images\nnames:\n  0: cat\n  1: "dog: big"\n', []),
    "names as a list": ({0: "2 .5 .5 .1 .1"}, BOXES, "nc: 2\nnames:\n- cat\n- dog\n", ["unknown-class i0"]),
}  # fmt: skip


@pytest.mark.parametrize("kind", YOLO)
def test_yolo(kind: str, tmp_path: Path) -> None:
    texts, usual, names, expected = YOLO[kind]
    images(tmp_path / "images")
    write(tmp_path, "labels/i{}.txt", usual, texts)
    (tmp_path / "data.yaml").write_text(names)
    check(tmp_path, *expected)


def test_labels_without_an_image_and_in_the_wrong_folder(tmp_path: Path) -> None:
    for split in ("train", "val"):
        images(tmp_path / "images" / split)
        write(tmp_path, f"labels/{split}/i{{}}.txt", BOXES, {})
    (tmp_path / "labels/train/i0.txt").rename(tmp_path / "labels/val/lost.txt")
    (tmp_path / "data.yaml").write_text(NAMES)
    check(tmp_path, "no-annotation i0", "image-missing lost")


# --- ICDAR ----------------------------------------------------------------------------------------------------

QUAD = "4,5,30,5,30,20,4,20"
OTHER = "10,22,40,22,40,40,10,40"
LINES = f"{QUAD},hello\n{OTHER},###\n"
ICDAR: dict[str, tuple[Texts, str, list[str]]] = {
    "texts": (
        {0: f'{QUAD},a, b "c", d', 1: f'{QUAD},"say ""hi"""', 2: f"\ufeff{QUAD},中文\r\n", 3: f"{QUAD},12",
         4: f"{QUAD},5' 11\"", 5: f"{QUAD.replace(',', ', ')}, hi"},
        LINES,
        [],
    ),
    "lines": (
        {0: f'{QUAD},"open\n{OTHER},b', 1: "4,5,30,5,30,20,hello", 2: LINES.encode("utf-16"), 3: f"{QUAD[:-2]}x,hi",
         4: "4,5,30,20,hi"},
        LINES,
        ["bad-line i0", "bad-line i1", "bad-line i2", "bad-line i3", "bad-line i4"],
    ),
    "directions": ({0: "4,5,4,20,30,20,30,5,hi", 1: "4,5,30,20,30,5,4,20,hi", 2: "30,5,30,20,4,20,4,5,hi"}, LINES,
                   ["wrong-direction i0", "self-crossing i1"]),
    "2013": ({}, '4, 5, 30, 20, "hello"\n10, 22, 40, 40, "a,b"\n', []),
    "2013 with spaces": ({}, '4 5 30 20 "hello"\n10 22 40 40 "a b"\n', []),
    "2017": ({0: f'{QUAD},Latin,"hello\n{OTHER},Latin,b'}, f"{QUAD},Latin,hello\n{OTHER},Chinese,中,文\n",
             ["bad-line i0"]),
    "places": (
        {0: ".1,.1,.5,.1,.5,.4,.1,.4,hi", 1: "nan,5,30,5,30,20,4,20,hi", 2: "4,5,30,5,30,5,4,5,hi",
         3: "104,5,130,5,130,20,104,20,hi", 4: "4,5,70,5,70,20,4,20,hi", 5: LINES + LINES},
        LINES,
        ["wrong-units i0", "not-a-number i1", "box-empty i2", "box-outside i3", "box-partly-outside i4",
         "duplicate-shape i5"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", ICDAR)
def test_icdar(kind: str, tmp_path: Path) -> None:
    texts, usual, expected = ICDAR[kind]
    images(tmp_path / "images")
    write(tmp_path, "gt/gt_i{}.txt", usual, texts)
    check(tmp_path, *expected)


# --- CSV ------------------------------------------------------------------------------------------------------


def lines(heading: str, line: str) -> str:
    return f"{heading}\n" + "".join(f"{line.format(number)}\n" for number in range(IMAGES))


TENSORFLOW = lines("filename,width,height,class,xmin,ymin,xmax,ymax", "i{}.png,64,48,cat,4,5,20,25")
CSV: dict[str, tuple[str | bytes, list[str]]] = {
    "TensorFlow": (TENSORFLOW, []),
    "Windows": (("\ufeff" + lines("image,x1,y1,x2,y2,label", "i{}.png,4,5,20,25,cat")).replace("\n", "\r\n"), []),
    "UTF-16": (TENSORFLOW.encode("utf-16"), ["bad-line annotations"]),
    "semicolons": (lines("path;x;y;w;h;class", "images/i{}.png;4;5;20;25;cat"), []),
    "decimal commas": (lines("path;xmin;ymin;xmax;ymax;class", "i{}.png;4,5;5,25;20,5;25,0;cat"), []),
    "width and height of boxes": (lines("image,x,y,width,height,label", "i{}.png,4,5,20,25,cat"), []),
    "RetinaNet": (lines("images/i0.png,30,5,40,25,dog", "images/i{}.png,4,5,20,25,cat"), []),
    "a list": (lines("image_id,width,height,bbox,source", 'i{},64,48,"[4.0, 5.0, 20.0, 25.0]",x'), []),
    "lines": (
        "filename,xmin,ymin,xmax,ymax,class\ni0.png,4,5,20,25,cat\ni1.png,4,5,20,25,\"cat\ni2.png,4,5,20,25,\n"
        "i3.png,NaN,5,20,25,cat\ni4.png,100,5,120,25,cat\ngone.png,4,5,20,25,cat\n",
        ["bad-line i1", "unknown-class i2", "not-a-number i3", "box-outside i4", "no-annotation i5",
         "image-missing gone"],
    ),
    "values": (
        TENSORFLOW.replace("i0.png,64,48,cat,4,5,20,25", "i0.png,64,48,cat,.1,.1,.4,.5")
        .replace("i1.png,64,48,cat,4,5,20,25", "i1.png,64,48,cat,20,5,4,25").replace("i3.png,64,48", "i3.png,48,64")
        .replace("i5.png,64,48,cat", "i5.png,64,48,CAT") + "i2.png,64,48,cat,4,5,20,25\n",
        ["wrong-units i0", "box-empty i1", "duplicate-shape i2", "turned-size i3", "unknown-class i5"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", CSV)
def test_csv(kind: str, tmp_path: Path) -> None:
    text, expected = CSV[kind]
    images(tmp_path / "images")
    (tmp_path / "annotations.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    check(tmp_path, *expected)


# --- masks ----------------------------------------------------------------------------------------------------

Mask = npt.NDArray[np.uint8]


def encoded(mask: "npt.NDArray[Any]") -> bytes:
    return cv2.imencode(".png", mask)[1].tobytes()


def palette(mask: Mask) -> bytes:
    import io

    from PIL import Image

    image = Image.fromarray(mask).convert("P")
    image.putdata(mask.ravel().tolist())
    image.putpalette([0, 0, 0, 128, 0, 0, 0, 128, 0])
    data = io.BytesIO()
    image.save(data, "PNG")
    return data.getvalue()


def void(mask: Mask) -> bytes:
    mask[:2] = 255
    return encoded(mask)


MASKS: dict[str, Callable[[Mask], bytes]] = {
    "255 is ignored": void,
    "palette": palette,
    "16 bit": lambda mask: encoded(mask.astype(np.uint16) * 300),
    "colours": lambda mask: encoded(np.stack([mask * 60, mask * 9, mask * 0], axis=-1)),
}


def classes() -> Mask:
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[5:20, 5:20], mask[25:40, 25:40] = 1, 2
    return mask


@pytest.mark.parametrize("kind", MASKS)
def test_masks(kind: str, tmp_path: Path) -> None:
    images(tmp_path / "images")
    write(tmp_path, "masks/i{}.png", "", {number: MASKS[kind](classes()) for number in range(IMAGES)})
    check(tmp_path)


def test_bad_masks(tmp_path: Path) -> None:
    odd = classes()
    odd[0, 0] = 200
    images(tmp_path / "images")
    written: Texts = {number: encoded(classes()) for number in range(IMAGES)}
    written |= {0: encoded(classes()[:, :-1]), 1: encoded(np.ascontiguousarray(classes().T)), 2: encoded(odd)}
    written |= {3: encoded(classes())[:60], 5: encoded(cv2.GaussianBlur(classes() * 90, (7, 7), 2))}
    write(tmp_path, "masks/i{}.png", "", written)
    (tmp_path / "masks/i4.png").unlink()
    check(
        tmp_path, "mask-size i0", "mask-size i1", "mask-values i2", "bad-line i3", "no-annotation i4", "mask-values i5"
    )

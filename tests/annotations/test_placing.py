"""Shapes lie where they were drawn: under all eight orientations, both ways, and whatever size the picture gets."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from inspector.annotations.picture_labels import no_shapes
from inspector.annotations.placing import AS_STORED, place, stored, upright
from inspector.annotations.records import ImageAnnotations, ShapeKind
from inspector.formats.decode import decode
from tests.make_sample import STORED_TURNED, encoded

WIDTH, HEIGHT = 160, 96
BOX = (20, 30, 44, 38)  # left, top, right, bottom of a white box in the upright picture
ORIENTATIONS = tuple(range(1, 9))


def shapes(points: object, kind: ShapeKind, width: int = 0, height: int = 0) -> ImageAnnotations:
    """One shape, recorded for an image of that size."""
    array = np.array(points, np.float32).reshape(-1, 2)
    return replace(
        no_shapes(),
        width=width,
        height=height,
        points=array,
        offsets=np.array([0, len(array)]),
        kinds=np.array([kind], np.uint8),
        classes=np.array([0], np.int32),
        scores=np.array([np.nan], np.float32),
        flags=np.zeros(1, np.uint8),
        ids=np.array([-1]),
    )


def picture() -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    made = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    made[BOX[1] : BOX[3], BOX[0] : BOX[2]] = 255
    return made


def as_file(orientation: int) -> bytes:
    """The picture as a camera stores it that was held in that orientation."""
    from PIL import Image

    exif = Image.Exif()
    exif[0x0112] = orientation
    upright_image, turn = Image.fromarray(picture()), STORED_TURNED[orientation]
    kept = upright_image if turn is None else upright_image.transpose(turn)
    return encoded(kept, "JPEG", quality=100, subsampling="4:4:4", exif=exif)


def white(rgb: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]") -> tuple[float, float, float, float]:
    rows, columns = np.nonzero(rgb[..., 0] > 128)
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


def box_on(placed: ImageAnnotations, width: int, height: int) -> list[float]:
    """Least and greatest x and y in pixels of a picture of that size."""
    points = placed.points * (width, height)
    return [*points.min(axis=0), *points.max(axis=0)]


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("size", [(HEIGHT, WIDTH), (224, 224), (50, 301)])
def test_annotated_upright(orientation: int, size: tuple[int, int]) -> None:
    rgb = decode(as_file(orientation)).rgb
    assert rgb.shape[:2] == (HEIGHT, WIDTH)
    placed = place(shapes(BOX, ShapeKind.BOX, WIDTH, HEIGHT), WIDTH, HEIGHT, orientation)
    assert placed.note == ""
    delivered = cv2.resize(rgb, size[::-1], interpolation=cv2.INTER_LINEAR)
    assert box_on(placed, size[1], size[0]) == pytest.approx(white(np.asarray(delivered)), abs=1)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_annotated_as_stored(orientation: int) -> None:
    import io

    from PIL import Image

    data = as_file(orientation)
    kept = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))  # Pillow does not turn it
    recorded = shapes(white(kept), ShapeKind.BOX, kept.shape[1], kept.shape[0])
    placed = place(recorded, WIDTH, HEIGHT, orientation, all_stored=True)
    assert box_on(placed, WIDTH, HEIGHT) == pytest.approx(white(decode(data).rgb), abs=1)
    assert placed.note == (AS_STORED if orientation > 1 else "")
    if orientation >= 5:  # the size says so, whatever the others are
        assert np.array_equal(place(recorded, WIDTH, HEIGHT, orientation).points, placed.points)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_there_and_back(orientation: int) -> None:
    shares = np.random.default_rng(0).random((50, 2), np.float32)
    assert stored(upright(shares, orientation), orientation) == pytest.approx(shares, abs=1e-6)


def test_another_size_is_said_and_nothing_is_scaled() -> None:
    placed = place(shapes(BOX, ShapeKind.BOX, 2 * WIDTH, 2 * HEIGHT), WIDTH, HEIGHT)
    assert placed.note == "annotated for 320 × 192 pixels, and the image has 160 × 96"
    assert box_on(placed, WIDTH, HEIGHT) == pytest.approx(BOX)


def test_shares_stay_shares() -> None:
    placed = place(shapes((0.1, 0.2, 0.5, 0.6), ShapeKind.BOX, 1, 1), WIDTH, HEIGHT, 6, all_stored=True)
    assert placed.points.ravel() == pytest.approx((0.1, 0.2, 0.5, 0.6))


def test_a_circle_is_round_on_the_image_and_an_ellipse_on_a_square() -> None:
    placed = place(shapes((80, 48, 90, 48), ShapeKind.CIRCLE), WIDTH, HEIGHT)
    assert placed.kinds.tolist() == [ShapeKind.POLYGON]
    assert box_on(placed, WIDTH, HEIGHT) == pytest.approx((70, 38, 90, 58), abs=0.1)
    left, top, right, bottom = box_on(placed, 100, 100)
    assert (right - left) / (bottom - top) == pytest.approx(HEIGHT / WIDTH, rel=0.01)


@pytest.mark.parametrize("orientation", [0, 9, -1, 300])
def test_an_orientation_that_is_none_counts_as_upright(orientation: int) -> None:
    assert place(shapes(BOX, ShapeKind.BOX), WIDTH, HEIGHT, orientation).note == ""

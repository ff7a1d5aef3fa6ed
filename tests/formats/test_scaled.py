"""JPEGs decoded at a fraction of their size."""

from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from skimage import data

from inspector import Loader, ProblemKind
from inspector.formats.decode import BadFile, decode

PHOTO: NDArray[np.uint8] = data.astronaut()  # type: ignore[no-untyped-call]  # 512 x 512


def jpeg(height: int, width: int) -> bytes:
    photo = cv2.resize(PHOTO, (width, height), interpolation=cv2.INTER_CUBIC)
    return cv2.imencode(".jpg", photo[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()


@pytest.mark.parametrize(
    ("size", "at_least", "decoded"),
    [
        ((1600, 1200), (100, 100), (200, 150)),
        ((1600, 1200), (224, 224), (400, 300)),
        ((1601, 1203), (224, 224), (401, 301)),  # libjpeg rounds up
        ((1600, 1200), (600, 600), (800, 600)),
        ((1600, 1200), (600, 601), (1600, 1200)),  # at more than a half it would take longer
        ((1600, 1200), (2000, 100), (1600, 1200)),
    ],
)
def test_the_smallest_scale_that_is_large_enough(
    size: tuple[int, int], at_least: tuple[int, int], decoded: tuple[int, int]
) -> None:
    result = decode(jpeg(*size), at_least=at_least)
    assert result.rgb.shape == (*decoded, 3)
    assert result.size == size


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_applies_to_the_size_that_is_needed(orientation: int) -> None:
    file = BytesIO()
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.open(BytesIO(jpeg(1600, 400))).save(file, "JPEG", quality=95, exif=exif)
    turned = file.getvalue()
    exact, scaled = decode(turned), decode(turned, at_least=(100, 100))
    assert scaled.size == exact.rgb.shape[:2]
    assert scaled.rgb.shape[0] * 4 == exact.rgb.shape[0]
    smaller = cv2.resize(exact.rgb, scaled.rgb.shape[1::-1], interpolation=cv2.INTER_AREA)
    assert np.abs(smaller.astype(int) - scaled.rgb).mean() < 2


def test_the_result_is_close_to_a_careful_reduction(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(jpeg(1800, 1800))
    images = {}
    for how in ("exact", "scaled"):
        with Loader(tmp_path, batch_size=1, image_size=(200, 200), decode=how, epochs=1, num_workers=1) as loader:
            (batch,) = loader
        assert batch.sizes.tolist() == [[1800, 1800]]
        images[how] = batch.images[0].astype(int)
    careful = cv2.resize(decode(jpeg(1800, 1800)).rgb, (200, 200), interpolation=cv2.INTER_AREA).astype(int)
    assert np.abs(images["scaled"] - careful).mean() < np.abs(images["exact"] - careful).mean()


def test_damage_is_found_all_the_same() -> None:
    whole = jpeg(1600, 1200)
    with pytest.raises(BadFile) as cut:
        decode(whole[: len(whole) // 2], at_least=(100, 100))
    assert cut.value.kind is ProblemKind.TRUNCATED
    broken = bytearray(whole)
    broken[len(whole) // 2 : len(whole) // 2 + 64] = bytes(range(64))
    with pytest.raises(BadFile) as wrong:
        decode(bytes(broken), at_least=(100, 100))
    assert wrong.value.kind is ProblemKind.DAMAGED


def test_other_formats_are_decoded_as_ever() -> None:
    png = cv2.imencode(".png", PHOTO)[1].tobytes()
    np.testing.assert_array_equal(decode(png, at_least=(10, 10)).rgb, decode(png).rgb)

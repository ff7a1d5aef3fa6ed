"""The comparison itself, on arrays."""

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from inspector.monitor.colour_proof import TOLERANCE, ColourMatch, Proof, cannot_tell, compare, difference, summarise

Rgb = npt.NDArray[np.uint8]


@pytest.fixture
def photo(photos: Path) -> Rgb:
    image = cv2.imread(str(photos / "china-004.jpg"), cv2.IMREAD_COLOR_RGB)
    assert image is not None
    return np.asarray(image, np.uint8)


def swapped(rgb: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
    return np.ascontiguousarray(rgb[..., ::-1])


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_rgb_and_bgr_are_told_apart(photo: Rgb, dtype: type[np.generic]) -> None:
    assert compare(photo.astype(dtype), photo).verdict is ColourMatch.RGB
    assert compare(swapped(photo.astype(dtype)), photo).verdict is ColourMatch.SWAPPED


def test_small_differences_are_not_called_any(photo: Rgb) -> None:
    near = np.clip(photo.astype(int) + TOLERANCE, 0, 255).astype(np.uint8)
    assert compare(near, photo).verdict is ColourMatch.RGB
    assert compare(swapped(near), photo).verdict is ColourMatch.SWAPPED
    far = np.clip(photo.astype(int) + TOLERANCE + 1, 0, 255).astype(np.uint8)
    assert compare(far, photo).verdict is ColourMatch.DIFFERS


def test_one_coloured_pixel_is_enough_and_a_grey_image_never_is(photo: Rgb) -> None:
    grey = np.repeat(photo[..., :1], 3, axis=2)
    proof = compare(grey, grey)
    assert (proof.verdict, proof.matches, proof.badge) == (ColourMatch.UNKNOWN, True, "grey")
    grey[300, 400] = 90, 90, 200
    assert compare(grey, grey).verdict is ColourMatch.RGB
    assert compare(swapped(grey), grey).verdict is ColourMatch.SWAPPED
    one = np.array([[[1, 2, 200]]], np.uint8)
    assert compare(one, one).verdict is ColourMatch.RGB
    green = np.full((4, 4, 3), (7, 200, 7), np.uint8)
    assert compare(green, green).badge == "R = B"


def test_a_fault_in_the_last_row_of_a_large_image_is_found() -> None:
    image = np.random.default_rng(0).integers(0, 255, (3_000, 1_100, 3), np.uint8)  # compared in several strips
    wrong = image.copy()
    wrong[-1, -1] ^= 64
    proof = compare(wrong, image)
    assert (proof.verdict, proof.largest, proof.share) == (ColourMatch.DIFFERS, 64.0, 1 / (3_000 * 1_100))
    assert "<1 % of the pixels" in proof.reason


def test_what_is_not_known_is_left_out(photo: Rgb) -> None:
    known = np.ones(photo.shape[:2], bool)
    known[:200] = False
    reference = photo.copy()
    reference[:200] = 0
    assert compare(photo, reference, known).verdict is ColourMatch.RGB
    assert compare(swapped(photo), reference, known).verdict is ColourMatch.SWAPPED
    assert not difference(photo, reference, known).any()
    size = (90, 110)
    small = np.asarray(cv2.resize(photo, (110, 90)))
    assert compare(small, reference, known, image_size=size).verdict is ColourMatch.RGB
    assert compare(photo, reference, np.zeros_like(known)).badge == "transparent"


def test_another_shape_and_values_that_are_no_numbers_differ(photo: Rgb) -> None:
    turned = np.ascontiguousarray(np.rot90(photo))
    assert "375 × 500" in compare(turned, photo).reason
    broken = photo.astype(np.float32)
    broken[5, 5, 1] = np.nan
    assert compare(broken, photo).verdict is ColourMatch.DIFFERS
    assert difference(broken, photo, None)[5, 5, 1] == 255


RGB = Proof(ColourMatch.RGB, "", "RGB", matches=True)
BGR = Proof(ColourMatch.SWAPPED, "", "BGR")
DIFFERS = Proof(ColourMatch.DIFFERS, "", "differs")
GREY = Proof(ColourMatch.UNKNOWN, "", "grey", matches=True)
AVIF = cannot_tell("", "AVIF")


@pytest.mark.parametrize(
    ("proofs", "level", "sentence"),
    [
        ([RGB] * 31 + [GREY], "good", "All 31 coloured images are RGB: proved with a second decoder; 1 grey"),
        ([RGB], "good", "The only coloured image is RGB: proved with a second decoder"),
        ([BGR] * 3 + [GREY] * 2, "bad", "All 3 coloured images are BGR: red and blue are exchanged; 2 grey"),
        (
            [RGB] * 2 + [GREY, AVIF],
            "good",
            "All 2 coloured images are RGB: proved with a second decoder; 1 grey; 1 not provable (AVIF)",
        ),
        (
            [RGB] + [AVIF] * 2,
            "info",
            "The only coloured image is RGB: proved with a second decoder; 2 not provable (AVIF)",
        ),
        ([GREY, AVIF], "info", "Nothing proved: 1 grey; 1 not provable (AVIF)"),
        ([GREY, None], "info", "Nothing proved so far: 1 grey"),
        ([RGB, None], "info", "The only coloured image checked so far is RGB: proved with a second decoder"),
        ([None, None], "info", "Not checked yet. Pause to check the whole batch."),
        (
            [BGR, RGB, RGB, DIFFERS],
            "bad",
            "1 of 4 coloured images is BGR: red and blue are exchanged; 1 differs from what a second decoder gives; "
            "2 of 4 coloured images are RGB: proved with a second decoder",
        ),
    ],
)
def test_the_sentence_for_a_batch(proofs: list[Proof | None], level: str, sentence: str) -> None:
    found = summarise(proofs)
    assert (found.level, found.sentence) == (level, sentence)

"""Each check on real files: what it tells, what it leaves alone, and that it can be turned off."""

import io
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import PIL.Image
import pytest

from inspector.errors import SettingsError
from inspector.formats.decode import decode, peek, read_file
from inspector.scan.check_settings import CHECKS, DUPLICATE, CheckSettings
from inspector.scan.checks import LOOKS, Image, digest, findings
from inspector.scan.measures import measure

ALL = CheckSettings.without()


def encoded(pixels: npt.NDArray[np.uint8], format: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    PIL.Image.fromarray(pixels).save(file, format, **options)
    return file.getvalue()


def noise(height: int = 64, width: int = 64, channels: int = 3) -> npt.NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (height, width, channels), np.uint8)


def found(data: bytes, name: str = "a.png", settings: CheckSettings = ALL) -> dict[str, str]:
    header = peek(data)
    assert header is not None
    decoded = decode(data)
    return dict(findings(Image(name, header, decoded.rgb, decoded.notes, measure(decoded.rgb)), settings))


def test_nothing_is_told_of_a_usual_image() -> None:
    assert found(encoded(noise())) == {}


@pytest.mark.parametrize(
    ("file", "names"),
    [
        ("chart/blue.png", {"one-colour", "dark", "low-information"}),
        ("chart/colours-16-bit.png", {"16-bit"}),
        ("chart/colours-cmyk.jpg", {"cmyk"}),
        ("chart/colours.png", set()),
        ("chart/colours.gif", set()),
        ("chart/colours.jp2", set()),
        ("chart/exif-1.jpg", set()),
        *((f"chart/exif-{number}.jpg", {"rotated"}) for number in range(2, 9)),
        ("photo/astronaut-rgba.png", {"alpha"}),
        ("photo/grass-grey-alpha.png", {"alpha"}),
        ("photo/rocket-16-bit.tif", {"16-bit"}),
        ("photo/china.jpg", set()),
    ],
)
def test_the_sample_files_are_told_as_what_they_are(sample: Path, file: str, names: set[str]) -> None:
    assert set(found(read_file(str(sample / file)), file)) == names


def saved(mode: str, format: str, **options: Any) -> bytes:
    """The left half is transparent, where the mode has alpha."""
    pixels = noise(channels=4)
    pixels[:, :32, 3] = 0
    image = PIL.Image.fromarray(pixels)
    file = io.BytesIO()
    (image if mode == "RGBA" else image.convert("RGB").convert(mode)).save(file, format, **options)
    return file.getvalue()


def bmp_with_masks() -> bytes:
    return bytes(cv2.imencode(".bmp", noise(channels=4))[1])


def without_mask_of_alpha(bmp: bytes) -> bytes:
    return bmp[:66] + bytes(4) + bmp[70:]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (saved("RGBA", "PNG"), True),
        (saved("LA", "PNG"), True),
        (saved("P", "PNG", transparency=100), True),
        (saved("P", "PNG", transparency=bytes(range(256))), True),
        (saved("RGB", "PNG", transparency=(1, 2, 3)), True),
        (saved("L", "PNG", transparency=5), True),
        (saved("P", "PNG"), False),
        (saved("RGBA", "GIF"), True),
        (saved("P", "GIF", transparency=100, comment=b"comes first" * 60), True),
        (saved("P", "GIF", comment=b"\xf9\x04\x01" * 300), False),
        (saved("L", "GIF"), False),
        (saved("RGBA", "WEBP"), True),
        (saved("RGBA", "WEBP", lossless=True), True),
        (saved("RGB", "WEBP", lossless=True), False),
        (saved("RGBA", "TIFF"), True),
        (saved("LA", "TIFF"), True),
        (saved("RGB", "TIFF"), False),
        (saved("RGBA", "JPEG2000"), True),
        (saved("LA", "JPEG2000"), True),
        (saved("L", "JPEG2000"), False),
        (bmp_with_masks(), True),
        (without_mask_of_alpha(bmp_with_masks()), False),
        (saved("RGB", "BMP"), False),
    ],
)
def test_alpha_in_every_form(data: bytes, told: bool) -> None:
    assert set(found(data, "a")) == ({"alpha"} if told else set())


def test_faulty_metadata_of_a_good_file_are_a_finding() -> None:
    whole = encoded(noise(), "JPEG")
    at = whole.index(b"\xff\xc4")
    told = found(whole[:at] + b"abc" + whole[at:], "a.jpg")
    assert set(told) == {"metadata"}
    assert "3 extraneous bytes" in told["metadata"]


def test_a_deep_tiff_is_told(tmp_path: Path) -> None:
    file = str(tmp_path / "deep.tif")
    cv2.imwrite(file, noise().astype(np.uint16) << 8)
    assert set(found(read_file(file), file)) == {"16-bit"}


@pytest.mark.parametrize("name", ["a.jpg", "a.JPEG", "b/a.tiff"])
def test_a_name_that_does_not_match_the_content(name: str) -> None:
    told = found(encoded(noise()), name)
    assert set(told) == {"extension"}
    assert "PNG" in told["extension"]
    assert name.rpartition(".")[2].lower() in told["extension"]


@pytest.mark.parametrize("name", ["a.png", "a.PNG", "a", ".hidden", "a.jpg.png"])
def test_a_name_that_matches_or_says_nothing(name: str) -> None:
    assert found(encoded(noise()), name) == {}


@pytest.mark.parametrize(("height", "width", "told"), [(31, 64, True), (64, 31, True), (32, 32, False), (1, 1, True)])
def test_small(height: int, width: int, told: bool) -> None:
    assert ("small" in found(encoded(noise(height, width)))) == told


def test_the_limits_are_settings() -> None:
    data = encoded(noise(40, 120))
    assert found(data) == {}
    assert set(found(data, settings=CheckSettings.without(min_side=41, max_aspect=2.9))) == {"small", "aspect"}


@pytest.mark.parametrize(("height", "width", "told"), [(40, 200, False), (40, 201, True), (201, 40, True)])
def test_extreme_shapes(height: int, width: int, told: bool) -> None:
    assert ("aspect" in found(encoded(noise(height, width)))) == told


@pytest.mark.parametrize("shape", [(64, 64), (33, 500), (300, 40), (1, 1)])
def test_one_colour_and_one_other_pixel_anywhere(shape: tuple[int, int]) -> None:
    plain = np.full((*shape, 3), (10, 200, 30), np.uint8)
    assert "#0ac81e" in found(encoded(plain))["one-colour"]
    for place in range(0, shape[0] * shape[1], 97):
        spotted = plain.copy()
        spotted[place // shape[1], place % shape[1], 2] ^= 1
        assert ("one-colour" in found(encoded(spotted))) == (spotted.size == 3)


def test_one_check_off_and_all_others_off() -> None:
    data = encoded(np.zeros((10, 200, 4), np.uint8))
    shows_nothing = {"one-colour", "dark", "low-information"}
    assert set(found(data, "a.jpg")) == {"extension", "small", "aspect", "alpha", *shows_nothing}
    assert set(found(data, "a.jpg", CheckSettings.without(("small", "alpha")))) == {
        "extension",
        "aspect",
        *shows_nothing,
    }
    assert set(found(data, "a.jpg", CheckSettings(("aspect",)))) == {"aspect"}
    assert found(data, "a.jpg", CheckSettings.without(tuple(CHECKS))) == {}


@pytest.mark.parametrize("wrong", [{"names": ("colour",)}, {"min_side": 0}, {"max_aspect": 0.5}])
def test_settings_that_cannot_work(wrong: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        CheckSettings(**{"names": (), **wrong})
    with pytest.raises(SettingsError):
        CheckSettings.without(("colour",))


def test_the_digest_tells_contents_apart() -> None:
    assert digest(b"a") == digest(b"a") != digest(b"b")
    assert len(digest(b"a")) == 16
    assert any(digest(bytes(4)))


def test_every_check_is_described_and_made() -> None:
    of_set = {name for name, check in CHECKS.items() if check.of_set}
    assert {*LOOKS, DUPLICATE} == CHECKS.keys() - of_set
    assert not of_set & LOOKS.keys()


def photograph(sample: Path, name: str = "china.jpg") -> npt.NDArray[np.uint8]:
    return decode(read_file(str(sample / "photo" / name))).rgb


@pytest.mark.parametrize("name", ["china.jpg", "rocket.jpg", "coffee-444.jpg", "astronaut.jpg", "camera-grey.jpg"])
def test_a_photograph_is_blurry_dark_or_bright_when_it_is_made_so(sample: Path, name: str) -> None:
    rgb = photograph(sample, name)
    blurred = np.asarray(cv2.GaussianBlur(rgb, (0, 0), 0.02 * max(rgb.shape)), np.uint8)
    assert set(found(encoded(rgb))) == set()
    assert "has only" in found(encoded(blurred))["blurry"] or "have only" in found(encoded(blurred))["blurry"]
    assert set(found(encoded(np.asarray(rgb * 0.2, np.uint8)))) == {"dark"}
    assert set(found(encoded(np.asarray(255 - (255 - rgb) * 0.03, np.uint8)))) >= {"bright"}
    assert "low-information" in found(encoded(rgb // 255 * 255))


def test_the_limits_of_measures_are_settings(sample: Path) -> None:
    data = encoded(photograph(sample))
    strict = CheckSettings.without(min_sharpness=9.0, min_highlights=100.0, max_shadows=0.0, min_entropy=8.0)
    assert set(found(data, settings=strict)) == {"dark", "bright", "low-information"}  # so little is not called blurry
    assert set(found(data, settings=CheckSettings.without(min_sharpness=9.0))) == {"blurry"}

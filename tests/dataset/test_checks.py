"""Each check on real files: what it tells, what it leaves alone, and that it can be turned off."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import PIL.Image
import pytest

from inspector.dataset.checks import CHECKS, CheckSettings, Image, digest, findings
from inspector.dataset.decode import decode, peek, read_file
from inspector.errors import SettingsError

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
    return dict(findings(Image(name, header, decode(data).rgb), settings))


def test_nothing_is_told_of_a_usual_image() -> None:
    assert found(encoded(noise())) == {}


@pytest.mark.parametrize(
    ("file", "names"),
    [
        ("chart/blue.png", {"one-colour"}),
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
    assert set(found(data, "a.jpg")) == {"extension", "small", "aspect", "one-colour", "alpha"}
    assert set(found(data, "a.jpg", CheckSettings.without(("small", "alpha")))) == {"extension", "aspect", "one-colour"}
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
    assert len(digest(b"")) == 16

"""How numbers and names are written."""

import math
import os

import pytest

from inspector import formatting as fmt


def test_what_is_not_known_is_a_dash_and_never_0() -> None:
    for write in (fmt.whole, fmt.rate, fmt.percent, fmt.percent_figure, fmt.milliseconds, fmt.byte_size):
        assert write(None) == "–"
    for write_float in (fmt.rate, fmt.percent, fmt.milliseconds):
        assert write_float(math.nan) == "–"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"),
        (math.inf, "–"),
        (0.4, "<1 s"),
        (14.2, "14 s"),
        (59.7, "1 min 00 s"),
        (200, "3 min 20 s"),
        (3900, "1 h 05 min"),
        (100 * 3600, "100 h 00 min"),
    ],
)
def test_duration(seconds: float | None, text: str) -> None:
    assert fmt.duration(seconds) == text


def test_a_unit_stands_only_beside_a_figure_that_is_known() -> None:
    assert fmt.with_unit(fmt.rate(None), "MB/s") == "–"
    assert fmt.with_unit(fmt.rate(2.5), "MB/s") == "2.50 MB/s"
    assert fmt.percent(0.384) == "38 %"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.0"),
        (0.482, "0.48"),
        (9.99, "9.99"),
        (9.996, "10.0"),
        (51.31, "51.3"),
        (99.96, "100"),
        (1642.4, "1,642"),
    ],
)
def test_rates_have_three_digits_or_more(value: float, text: str) -> None:
    assert fmt.rate(value) == text


@pytest.mark.parametrize(
    ("share", "text"), [(0.0, "0"), (0.001, "<1"), (0.384, "38"), (0.999, ">99"), (1.0, "100"), (0.995, ">99")]
)
def test_a_share_is_not_rounded_to_a_bare_0_or_100(share: float, text: str) -> None:
    assert fmt.percent_figure(share) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (999, "999 B"), (43_210, "43 KB"), (999_600, "1.0 MB"), (61_000_000, "61 MB"), (3 * 10**12, "3.0 TB")],
)
def test_sizes(count: int, text: str) -> None:
    assert fmt.byte_size(count) == text


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("plain [bold] name.jpg", "plain [bold] name.jpg"),
        ("café 🐈 犬 ☃.jpg", "café 🐈 犬 ☃.jpg"),
        (os.fsdecode(b"caf\xe9\n.jpg"), r"caf\xe9\n.jpg"),
        ("colour \x1b[31m", r"colour \x1b[31m"),
        ("lone \ud800", r"lone \ud800"),
        ("right-to-left \u202e", r"right-to-left \u202e"),
    ],
)
def test_undecodable_and_control_characters_are_escaped(name: str, shown: str) -> None:
    assert fmt.readable(name) == shown


def test_every_byte_can_be_written() -> None:
    fmt.readable(os.fsdecode(bytes(range(1, 256)))).encode()


@pytest.mark.parametrize(("count", "text"), [(0, "0 files"), (1, "1 file"), (1200, "1,200 files")])
def test_plurals(count: int, text: str) -> None:
    assert fmt.plural(count, "file") == text


def test_paths_are_shown_inside_their_folder() -> None:
    assert fmt.relative("/data/train/cat/1.jpg", "/data/train/") == "cat/1.jpg"
    assert fmt.relative("/data/training/1.jpg", "/data/train") == "/data/training/1.jpg"
    assert fmt.relative("/elsewhere/1.jpg", "") == "/elsewhere/1.jpg"
    assert fmt.relative("tar://cat/1.jpg::/data/train/0.tar", "/data/train") == "tar://cat/1.jpg::0.tar"
    assert fmt.relative("tar://cat/1.jpg::/data/0.tar", "/data/0.tar") == "cat/1.jpg"
    assert fmt.relative("tar://1.jpg::s3://b/x/t-0.tar", "s3://b/x/t-{0..9}.tar") == "tar://1.jpg::t-0.tar"
    assert fmt.relative("s3://bucket/photos/cat/1.jpg", "s3://bucket/photos/") == "cat/1.jpg"
    assert fmt.container("tar://cat/1.jpg::/data/0.tar") == "/data/0.tar"
    assert fmt.container("/data/cat/1.jpg") == "/data/cat/"


def test_a_sentence_leaves_a_url_as_it_is() -> None:
    assert fmt.sentence("s3://bucket/a.tar is not there") == "s3://bucket/a.tar is not there."
    assert fmt.sentence("nothing is there.") == "Nothing is there."
    assert fmt.place("/data/imagenet-mini/train/") == "imagenet-mini / train"
    assert fmt.place("") == ""


@pytest.mark.parametrize(
    ("text", "size"),
    [("native", None), (" Native ", None), ("224", (224, 224)), ("224x160", (224, 160)), ("224 × 160", (224, 160))],
)
def test_image_sizes_are_understood(text: str, size: tuple[int, int] | None) -> None:
    assert fmt.parse_image_size(text) == size
    assert fmt.parse_image_size(fmt.image_size(size)) == size


@pytest.mark.parametrize("text", ["", "big", "10x", "1x2x3", "-5", "1.5", "²"])
def test_what_is_no_size_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match="height × width"):
        fmt.parse_image_size(text)


@pytest.mark.parametrize(("value", "text"), [(0.123, "0.12"), (0.996, "1.0"), (9.96, "10"), (1234.5, "1,234")])
def test_milliseconds(value: float, text: str) -> None:
    assert fmt.milliseconds(value) == text


def test_the_name_of_a_sample_in_a_container_is_its_own() -> None:
    assert fmt.file_name("tar://n01/1.jpg::/data/a.tar") == "1.jpg"
    assert fmt.file_name("/data/b::c.jpg") == "b::c.jpg"

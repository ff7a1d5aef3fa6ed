"""The proof against real files: right ones are proved, wrong ones are found, and nothing is guessed."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from inspector import Loader
from inspector.monitor.colour_proof import ColourMatch, Proof
from inspector.monitor.records import DeliveredImage
from inspector.session.batch_history import make_view
from inspector.session.examiner.examiner import Examiner
from inspector.session.examiner.records import SecondLook
from inspector.session.examiner.second_look import look_again
from inspector.settings import LoaderConfig, plain_values
from tests.ui.pictures import write_for_pillow_alone, write_variants

_examiner: Examiner | None = None

GREY_OR_SYMMETRIC = {
    "colours-grey.pgm", "green.png", "brick-grey.png", "camera-grey.jpg", "clock-blurred.jpg", "grass-grey-alpha.png",
    "gravel-1-bit.png", "page.png", "text.png",
}  # fmt: skip


@pytest.fixture(scope="session")
def variants(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """At least 200 real images: sizes, qualities, samplings, orientations, depths, formats."""
    folder = tmp_path_factory.mktemp("variants") / "files"
    assert write_variants(photos, folder) >= 200
    return folder


@pytest.fixture(autouse=True)
def examiner() -> Iterator[Examiner]:
    """What `look` asks."""
    global _examiner
    _examiner = Examiner()
    yield _examiner
    _examiner.close()


def look(image: DeliveredImage) -> SecondLook:
    assert _examiner is not None
    return look_again(image, _examiner).result(60)


def looks(source: Path | list[Path], **options: object) -> dict[str, SecondLook]:
    """A second look at every image that a real loader delivers."""
    settings = LoaderConfig(**{"num_workers": 2, "epochs": 1, "shuffle": False, "batch_size": 64, **options})  # type: ignore[arg-type]
    found = {}
    with Loader(source, **{name: getattr(settings, name) for name in settings.__slots__}) as loader:
        for batch in loader:
            for position, thumbnail in enumerate(make_view(batch, 32).thumbnails):
                image = DeliveredImage(
                    pixels=batch.images[position],
                    thumbnail=thumbnail,
                    position=position,
                    count=len(batch),
                    number=batch.number,
                    epoch=batch.epoch,
                    settings=plain_values(settings),
                )
                found[Path(thumbnail.path).name] = look(image)
    return found


def proofs(source: Path | list[Path], **options: object) -> dict[str, Proof]:
    return {name: each.proof for name, each in looks(source, **options).items()}


def told(found: dict[str, Proof]) -> dict[str, str]:
    """What did not come out as RGB or BGR, by name; for a message that shows it."""
    return {
        name: proof.reason
        for name, proof in found.items()
        if proof.verdict in (ColourMatch.DIFFERS, ColourMatch.UNKNOWN)
    }


@pytest.mark.parametrize(
    "options",
    [{}, {"image_size": (61, 83)}, {"dtype": "float32"}, {"image_size": (224, 160), "dtype": "float32"}],
    ids=["native", "resized", "float32", "resized-float32"],
)
@pytest.mark.parametrize("bgr", [False, True], ids=["rgb", "bgr"])
def test_every_coloured_image_is_judged_right(variants: Path, options: dict[str, object], bgr: bool) -> None:
    found = proofs(variants, deliver_bgr=bgr, **options)
    assert len(found) == len(list(variants.iterdir()))
    assert told(found) == {}
    assert {proof.verdict for proof in found.values()} == {ColourMatch.SWAPPED if bgr else ColourMatch.RGB}


@pytest.mark.parametrize("bgr", [False, True], ids=["rgb", "bgr"])
@pytest.mark.parametrize("size", [None, (96, 128)], ids=["native", "resized"])
def test_the_sample_is_judged_right(sample: Path, size: tuple[int, int] | None, bgr: bool) -> None:
    found = proofs(sample, image_size=size, deliver_bgr=bgr)
    assert set(told(found)) == GREY_OR_SYMMETRIC
    counted = Counter(proof.verdict for proof in found.values())
    right = ColourMatch.SWAPPED if bgr else ColourMatch.RGB
    assert counted == {right: len(found) - len(GREY_OR_SYMMETRIC), ColourMatch.UNKNOWN: len(GREY_OR_SYMMETRIC)}
    for name in GREY_OR_SYMMETRIC:
        assert found[name].matches
        assert found[name].badge == ("R = B" if name == "green.png" else "grey")


def test_the_decoders_agree_as_closely_as_is_written_down(variants: Path) -> None:
    for name, proof in proofs(variants).items():
        inexact = name.endswith(("cmyk.jpg", "16-bit.png", "16-bit.ppm"))
        assert proof.largest is not None, name
        assert proof.largest <= (1 if inexact else 0), name


def test_an_image_of_16_bits_is_the_same_all_over(photos: Path, tmp_path: Path) -> None:
    photo = cv2.imread(str(sorted(photos.iterdir())[0]))
    assert photo is not None
    height, width = 701, 801
    large = cv2.resize(photo, (width, height)).astype(np.uint16) * 257
    opacity = np.full((height, width, 1), 65535, np.uint16)
    opacity[500:, 100:300] = 0
    assert cv2.imwrite(str(tmp_path / "16-bit.png"), large)
    assert cv2.imwrite(str(tmp_path / "16-bit-alpha.png"), np.dstack([large, opacity]))
    found = looks(tmp_path)
    expected = cv2.cvtColor((large // 257).astype(np.uint8), cv2.COLOR_BGR2RGB)
    for each in found.values():
        assert each.rgb is not None
        known = np.ones((height, width), np.bool_) if each.known is None else each.known
        assert known.mean() > 0.9
        assert np.abs(each.rgb[known].astype(int) - expected[known]).max() <= 1
    second = found["16-bit-alpha.png"]
    assert second.known is not None
    assert (second.known == (opacity[..., 0] > 0)).all()


def test_what_qt_cannot_read_is_proved_by_pillow(photos: Path, tmp_path: Path) -> None:
    names = write_for_pillow_alone(next(photos.iterdir()), tmp_path / "others")
    for bgr in (False, True):
        found = proofs(tmp_path / "others", deliver_bgr=bgr)
        assert set(found) == names
        assert told(found) == {}
        assert {proof.verdict for proof in found.values()} == {ColourMatch.SWAPPED if bgr else ColourMatch.RGB}


def test_a_wrong_image_differs_and_by_how_much_is_said(photos: Path, tmp_path: Path) -> None:
    file = tmp_path / "photo.png"
    photo = cv2.imread(str(next(photos.iterdir())))
    assert photo is not None
    assert cv2.imwrite(str(file), photo)
    with Loader(tmp_path, num_workers=0) as loader:
        batch = next(loader)
    delivered = batch.images[0].copy()
    delivered[:75] = 255 - delivered[:75]  # a fifth of the rows
    [thumbnail] = make_view(batch, 32).thumbnails
    proof = look(DeliveredImage(delivered, thumbnail, 0, 1, 0, 0, plain_values(LoaderConfig()))).proof
    assert proof.verdict is ColourMatch.DIFFERS
    assert proof.share == pytest.approx(0.2, abs=0.01)
    assert proof.largest == np.abs(delivered.astype(int) - batch.images[0]).max()
    assert "20 % of the pixels" in proof.reason


def negative(rgb: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return 255 - rgb


def forgot_the_conversion(path: str) -> np.ndarray:
    image = cv2.imread(path)
    assert image is not None
    return image


def test_the_users_own_code_is_no_fault(photos: Path) -> None:
    files = sorted(photos.iterdir())[:4]
    for proof in proofs(files, transform=negative).values():
        assert (proof.verdict, proof.badge) == (ColourMatch.UNKNOWN, "transform")
    for proof in proofs(files, read_image=forgot_the_conversion).values():
        assert proof.verdict is ColourMatch.SWAPPED  # but where it is exactly this, it is said


def test_a_jpeg_decoded_at_a_fraction_of_its_size_is_not_called_different(photos: Path) -> None:
    found = proofs(sorted(photos.iterdir())[:6], image_size=(40, 40), decode="scaled")
    assert {(proof.verdict, proof.badge) for proof in found.values()} == {(ColourMatch.UNKNOWN, "scaled")}


def test_a_damaged_file_that_was_kept_is_not_judged(sample: Path) -> None:
    found = proofs(sample / "photo", on_damaged="keep")
    assert found["bad-damaged-flipped-bytes.jpg"].badge == "damaged"
    assert found["bad-truncated-half.jpg"].verdict is ColourMatch.UNKNOWN


def test_a_file_that_changed_or_went_away_is_told_from_a_wrong_decoder(photos: Path, tmp_path: Path) -> None:
    file = tmp_path / "photo.jpg"
    file.write_bytes(next(photos.iterdir()).read_bytes())
    with Loader(tmp_path, num_workers=0) as loader:
        batch = next(loader)
    [thumbnail] = make_view(batch, 32).thumbnails
    image = DeliveredImage(batch.images[0], thumbnail, 0, 1, 0, 0, plain_values(LoaderConfig()))
    assert cv2.imwrite(str(file), np.zeros((10, 20, 3), np.uint8))
    changed = look(image).proof
    assert changed.verdict is ColourMatch.DIFFERS
    assert "may have changed" in changed.reason
    file.write_text("no image any more")
    assert look(image).proof.verdict is ColourMatch.UNKNOWN
    file.unlink()
    gone = look(image)
    assert gone.proof.verdict is ColourMatch.UNKNOWN
    assert "no longer there" in gone.proof.reason


@pytest.mark.slow
def test_an_image_too_large_for_qt_is_not_called_different(tmp_path: Path) -> None:
    file = tmp_path / "large.png"
    assert cv2.imwrite(str(file), np.tile(np.array([9, 80, 200], np.uint8), (8_300, 8_200, 1)))
    [found] = looks(tmp_path, batch_size=1, num_workers=0).values()
    assert (found.proof.verdict, found.proof.badge) == (ColourMatch.UNKNOWN, "too large")

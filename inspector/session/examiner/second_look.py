"""A second look at one delivered image: what another decoder makes of its file, compared with what was delivered."""

from concurrent.futures import Future
from functools import partial
from typing import Any

from inspector.monitor.colour_proof import ColourMatch, Proof, as_delivered, cannot_tell, compare
from inspector.monitor.records import DeliveredImage
from inspector.session.examiner.examiner import Examiner
from inspector.session.examiner.records import SecondDecoding, SecondLook


def look_again(image: DeliveredImage, examiner: Examiner) -> Future[SecondLook]:
    """Read, decode and compare."""
    obstacle = _obstacle(image)
    finish = partial(_compare, image, obstacle)
    return examiner.decode_again(image.thumbnail.path, finish, wanted=obstacle is None)


def _setting(image: DeliveredImage, name: str) -> Any:
    """The value that a setting had when the image was loaded."""
    return image.settings[name]


def _obstacle(image: DeliveredImage) -> Proof | None:
    """Why the colours cannot be proved, before the file is looked at; None: they may be."""
    if image.settings.get("dataset") is not None:
        return cannot_tell("The pixels come from your data set: there is no file to compare them with.", "your code")
    if _setting(image, "transform") is not None:
        return cannot_tell("A transform may have changed the colours.", "transform")
    if image.thumbnail.problem is not None:
        return cannot_tell("The file is damaged: each decoder makes of it what it can.", "damaged")
    if image.pixels is None:
        reason = "The delivered pixels are no longer kept: the batch is too large for that."
        return cannot_tell(reason, "not kept")
    return None


def _compare(image: DeliveredImage, obstacle: Proof | None, second: SecondDecoding) -> SecondLook:
    facts = second.facts
    if obstacle is not None and image.settings.get("dataset") is not None:
        return SecondLook(obstacle, facts)
    if second.rgb is None or image.pixels is None:
        proof = obstacle if obstacle is not None and not second.reason else cannot_tell(second.reason, second.badge)
        return SecondLook(proof, facts)
    rgb, known = as_delivered(second.rgb, second.known, _setting(image, "image_size"))
    proof = compare(image.pixels, rgb, known)
    if proof.verdict is ColourMatch.DIFFERS and _setting(image, "read_image") is not None:
        proof = cannot_tell("Your read_image makes something else of the file than a second decoder.", "read_image")
    elif proof.verdict is ColourMatch.DIFFERS and _setting(image, "decode") == "scaled" and _is_jpeg(second):
        reason = "The JPEG was decoded at a fraction of its size; with decode=exact its colours can be proved."
        proof = cannot_tell(reason, "scaled")
    return SecondLook(proof, facts, rgb, known)


def _is_jpeg(second: SecondDecoding) -> bool:
    return second.facts is not None and second.facts.format == "JPEG"

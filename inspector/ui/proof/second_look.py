"""A second look at one delivered image: its file is read again, and what another decoder makes of it is compared."""

from dataclasses import dataclass

from inspector.formats.decode import BadFile, read_file
from inspector.formats.headers import Header, peek
from inspector.monitor.colour_proof import ColourMatch, Proof, cannot_tell, compare
from inspector.monitor.records import DeliveredImage
from inspector.ui.proof.second_decoder import Second, decode_again


@dataclass(frozen=True, slots=True, eq=False)
class SecondLook:
    """What was found.

    Attributes:
        proof: are the delivered colours right?
        header, file_bytes: of the file as it is now; None where it cannot be read, or is no image any more.
        second: what the second decoder gave, where it was asked.
    """

    proof: Proof
    header: Header | None = None
    file_bytes: int | None = None
    second: Second | None = None


def look_again(image: DeliveredImage) -> SecondLook:
    """Read, decode and compare; takes as long as that does. In any thread but the GUI's."""
    try:
        data = read_file(image.thumbnail.path)
    except BadFile as bad:
        return SecondLook(cannot_tell(f"The file cannot be read again. {bad.reason}", "unreadable"))
    header, file_bytes = peek(data), len(data)
    if header is None:
        return SecondLook(cannot_tell("The file is no image any more.", "unreadable"), None, file_bytes)
    if image.transform is not None:
        return SecondLook(cannot_tell("A transform may have changed the colours.", "transform"), header, file_bytes)
    if image.thumbnail.problem is not None:
        reason = "The file is damaged: each decoder makes of it what it can."
        return SecondLook(cannot_tell(reason, "damaged"), header, file_bytes)
    if image.pixels is None:
        reason = "The delivered pixels are no longer kept: the batch is too large for that."
        return SecondLook(cannot_tell(reason, "not kept"), header, file_bytes)
    second = decode_again(data, header)
    del data
    if second.rgb is None:
        return SecondLook(cannot_tell(second.reason, second.badge), header, file_bytes, second)
    proof = compare(image.pixels, second.rgb, second.known, image_size=image.image_size)
    if proof.verdict is ColourMatch.DIFFERS and image.read_image is not None:
        proof = cannot_tell("Your read_image makes something else of the file than a second decoder.", "read_image")
    elif proof.verdict is ColourMatch.DIFFERS and image.decode == "scaled" and header.format == "JPEG":
        reason = "The JPEG was decoded at a fraction of its size; with decode=exact its colours can be proved."
        proof = cannot_tell(reason, "scaled")
    return SecondLook(proof, header, file_bytes, second)

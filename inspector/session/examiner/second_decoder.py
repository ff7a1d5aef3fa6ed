"""Another decoder than the loader's for every format: Qt's, and Pillow's where Qt's cannot read the file.

Loaded in the examiner's child process only.
"""

from inspector.formats.headers import Header
from inspector.formats.second import decode_with_pillow, has_pillow
from inspector.session.examiner import qt_decoder
from inspector.session.examiner.qt_decoder import Known, Rgb
from inspector.session.examiner.records import FileFacts, SecondDecoding

_PROOF_LIMIT_MB = 256


def decode_again(data: bytes, header: Header, facts: FileFacts) -> SecondDecoding:
    """Decode a whole file, to be compared pixel by pixel."""
    if header.height * header.width * (8 if "16-bit" in header.note else 4) > _PROOF_LIMIT_MB << 20:
        megapixels = header.height * header.width / 1e6
        reason = f"With {megapixels:,.0f} megapixels it is too large for the second decoder."
        return SecondDecoding(facts, reason=reason, badge="too large")
    if disputed := _disputed(header):
        return SecondDecoding(facts, reason=f"Decoders do not agree on the colours of {disputed}.", badge=disputed)
    said: list[str] = []
    for decode in (_by_pillow, _by_qt) if _sheared_by_qt(header) else (_by_qt, _by_pillow):
        try:
            return SecondDecoding(facts, *decode(data, header))
        except ValueError as error:
            said += [str(error)] if str(error) not in said else []
    reason = f"The second decoder cannot read this kind of {header.format} file ({'; '.join(filter(None, said))})."
    return SecondDecoding(facts, reason=reason, badge=header.format)


def _disputed(header: Header) -> str:
    """Colours that each decoder converts in its own way."""
    if "CIE Lab" in header.note:
        return "CIE Lab"
    return "16-bit CMYK" if "CMYK" in header.note and "16-bit" in header.note else ""


def _sheared_by_qt(header: Header) -> bool:
    """Tiles of grey with alpha: Qt loses those that do not fill the width."""
    return header.format == "TIFF" and "grey" in header.note and "alpha" in header.note


def _by_qt(data: bytes, header: Header) -> tuple[Rgb, Known]:
    return qt_decoder.decode(data, header, _PROOF_LIMIT_MB)


def _by_pillow(data: bytes, header: Header) -> tuple[Rgb, Known]:
    try:
        return decode_with_pillow(data, header.format, header.orientation), None
    except ValueError as error:
        advice = "" if has_pillow() else "; install it for more formats: pip install pillow"
        raise ValueError(f"{error}{advice}") from None

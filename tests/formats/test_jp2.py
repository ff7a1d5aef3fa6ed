"""JPEG 2000: components of unequal sizes, offsets, tile parts, and files that stop early."""

import base64

import numpy as np
import pytest

from inspector.formats import jp2
from inspector.formats.decode import decode
from inspector.formats.problems import ProblemKind
from tests.formats.test_decode import PHOTOGRAPH, bad
from tests.formats.writers import as_pillow_has_it, pillow

# 16 x 16 pixels: luminance 20 + 12 * column, and constant colour in a grid of half the size.
SUBSAMPLED = base64.b64decode(
    "AAAADGpQICANCocKAAAAFGZ0eXBqcDIgAAAAAGpwMiAAAAAtanAyaAAAABZpaGRyAAAAEAAAABAAAwcHAAAAAAAPY29scgEAAAAAABIAAADXan"
    "AyY/9P/1EALwAAAAAAEAAAABAAAAAAAAAAAAAAABAAAAAQAAAAAAAAAAAAAwcBAQcCAgcCAv9SAAwAAAABAAEEBAAB/1wAB0BASEhQ/2QAJQAB"
    "Q3JlYXRlZCBieSBPcGVuSlBFRyB2ZXJzaW9uIDIuNS4w/5AACgAAAAAAXAAB/5PPtKART4ops2k3kfrDpjIx2NztzNOfyOrY3EdklyaFzADCNZ"
    "LMeq8/zM/vx9QUEVBJXAhCPuU0P8+0JBQAUVwIQYFqCMD5AgA2oYRvgID/2Q=="
)
# 16 x 16 pixels of grey as RGB, 20 + 12 * column; the picture begins at (3, 5) of its grid.
OFFSET = base64.b64decode(
    "/0//UQAvAAAAAAATAAAAFQAAAAMAAAAFAAAAEAAAABAAAAABAAAAAgADBwEBBwEBBwEB/1IADAAAAAEBAQQEAAH/XAAHQEBISFD/ZAAlAAFDcm"
    "VhdGVkIGJ5IE9wZW5KUEVHIHZlcnNpb24gMi41LjD/kAAKAAAAAAAyAAH/k8+0VBFPifCmEZaF/mVEgdCMD+wib92134CAwPkCABFqnn+AgP+Q"
    "AAoAAQAAACAAAf+Tz7QUFBq0IROAgMD5AQARYICA/5AACgACAAAAJgAB/5PPtCgIfXA+TRpZ3CmXgIDA+QGACWU/gID/kAAKAAMAAAAeAAH/k8"
    "+0DAJ5f4CAwPkBAAh/gID/2Q=="
)
# The same without an offset, in tiles of 8 x 8 and two parts each, whose lengths a TLM segment lists.
TILE_PARTS = base64.b64decode(
    "/0//UQAvAAAAAAAQAAAAEAAAAAAAAAAAAAAACAAAAAgAAAAAAAAAAAADBwEBBwEBBwEB/1IADAAAAAEBAQQEAAH/XAAHQEBISFD/VQAsAFAAAA"
    "AAIQAAAAAXAQAAACEBAAAAFwIAAAAhAgAAABcDAAAAIQMAAAAX/2QAJQABQ3JlYXRlZCBieSBPcGVuSlBFRyB2ZXJzaW9uIDIuNS4w/5AACgAA"
    "AAAAIQAC/5PPtDgRT4fIHc7hGV4A9Uz+l4CA/5AACgAAAAAAFwEC/5PA+QGAIhi3gID/kAAKAAEAAAAhAAL/k8fUHBzy3EySyS2vzO8LxRc/gI"
    "D/kAAKAAEAAAAXAQL/k8D5AYAiGLeAgP+QAAoAAgAAACEAAv+Tz7Q4EU+HyB3O4RleAPVM/peAgP+QAAoAAgAAABcBAv+TwPkBgCIYt4CA/5AA"
    "CgADAAAAIQAC/5PH1Bwc8txMksktr8zvC8UXP4CA/5AACgADAAAAFwEC/5PA+QGAIhi3gID/2Q=="
)
RAMP = np.repeat((np.arange(16) * 12 + 20)[None, :, None], 16, 0).repeat(3, 2)


def test_subsampled_colour() -> None:
    rgb = decode(SUBSAMPLED).rgb.astype(int)
    assert np.array_equal(rgb, as_pillow_has_it(SUBSAMPLED))
    assert abs(rgb @ (0.299, 0.587, 0.114) - RAMP[..., 0]).mean() < 8


def test_offsets_and_tile_parts() -> None:
    assert np.array_equal(decode(OFFSET).rgb, RAMP)
    assert np.array_equal(decode(TILE_PARTS).rgb, RAMP)


def test_without_pillow_the_first_two_are_unsupported_and_say_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jp2, "_has_pillow", lambda: False)
    for data in (SUBSAMPLED, OFFSET):
        fault = bad(data)
        assert fault.kind is ProblemKind.UNSUPPORTED
        assert "pip install pillow" in fault.reason
    assert np.array_equal(decode(TILE_PARTS).rgb, RAMP)


def test_tile_parts_that_contradict_each_other_reach_no_decoder() -> None:
    starts = [at for at in range(len(TILE_PARTS)) if TILE_PARTS.startswith(b"\xff\x90\0\x0a", at)]
    assert len(starts) == 8
    for at, value in ((10, 5), (10, 1), (11, 1), (5, 9)):  # the part's number, the parts in all, the tile
        changed = bytearray(TILE_PARTS)
        changed[starts[0] + at] = value
        fault = bad(bytes(changed))
        assert fault.kind is ProblemKind.UNDECODABLE
        assert "contradict" in fault.reason


def test_a_last_box_without_a_length_that_is_cut_is_truncated() -> None:
    whole = pillow(PHOTOGRAPH, "JPEG2000", quality_mode="rates", quality_layers=[4], irreversible=True)
    at = whole.index(b"jp2c") - 4
    whole = whole[:at] + bytes(4) + whole[at + 4 :]
    assert decode(whole).damage is None
    for length in (len(whole) * 6 // 10, len(whole) - 1, len(whole) - 2, at + 60, at + 9):
        assert bad(whole[:length]).kind is ProblemKind.TRUNCATED

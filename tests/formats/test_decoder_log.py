"""What is written to descriptor 2 is caught, in processes of their own because the descriptor belongs to a process."""

import subprocess
import sys

import pytest

from inspector.formats.decoder_log import first_fault


def run(code: str) -> subprocess.CompletedProcess[str]:
    code = "import os, sys\nfrom inspector.formats.decoder_log import DecoderLog\n" + code
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)


CATCHING = """
complaints = DecoderLog()
assert complaints.take() == ""
os.write(2, b"first\\n")
assert complaints.take() == "first\\n"
assert complaints.take() == ""
os.write(2, b"second ")
os.write(2, b"and third")
assert complaints.take() == "second and third"
os.write(2, b"x" * 3_000_000)
assert len(complaints.take()) == 3_000_000
os.write(2, b"not \\xff UTF-8")
assert complaints.take() == "not \\ufffd UTF-8"
print("from Python", file=sys.stderr)
assert complaints.take() == "from Python\\n"
os.write(2, b"never asked for")
complaints.close()
complaints.close()
os.write(2, b"after")
"""


@pytest.mark.parametrize("without_memfd", ["", "vars(os).pop('memfd_create', None)\n"], ids=["memfd", "temporary file"])
def test_what_is_written_is_caught_until_closed(without_memfd: str) -> None:
    assert run(without_memfd + CATCHING).stderr == "after"


def test_opening_and_closing_leaves_no_descriptor_behind() -> None:
    code = """
before = os.listdir("/proc/self/fd") if os.path.exists("/proc/self/fd") else []
for _ in range(5):
    DecoderLog().close()
after = os.listdir("/proc/self/fd") if before else []
print(len(before), len(after))
"""
    before, after = run(code).stdout.split()
    assert before == after


def test_log_level_of_opencv_is_put_back() -> None:
    code = """
import cv2
from cv2.utils import logging
logging.setLogLevel(logging.LOG_LEVEL_WARNING)
complaints = DecoderLog()
during = logging.getLogLevel()
complaints.close()
print(during == logging.LOG_LEVEL_ERROR, logging.getLogLevel() == logging.LOG_LEVEL_WARNING)
"""
    assert run(code).stdout.split() == ["True", "True"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", ""),
        ("[ WARN:0@0.1] global grfmt_tiff.cpp:123 TIFF_Warning TIFFReadDirectory: Unknown field with tag 33550\n", ""),
        ("libpng warning: iCCP: known incorrect sRGB profile\n", ""),
        ("something that nobody knows\n", ""),
        (
            "[ERROR:0@0.3] global grfmt_tiff.cpp:117 TIFF_Error Using code not yet in table.\n",
            "Using code not yet in table",
        ),
        ("libpng warning: pHYs: CRC error\nlibpng error: bad adaptive filter value\n", "bad adaptive filter value"),
        ("libpng warning: IDAT: incorrect data check\n", "IDAT: incorrect data check"),
        (
            "Corrupt JPEG data: 3 extraneous bytes before marker 0xd9\n",
            "Corrupt JPEG data: 3 extraneous bytes before marker 0xd9",
        ),
        (
            "[ERROR:0@1.4] global loadsave.cpp:1390 imdecode_ imdecode_(''): can't read data: OpenCV(5.0.0) "
            "/io/a.cpp:314: error: (-212:Parsing error) Failed to decode tile data in function 'nextPage'\n",
            "Failed to decode tile data",
        ),
        (
            "[ERROR:0@1.4] global loadsave.cpp:1390 imdecode_ imdecode_(''): can't read data: OpenCV(5.0.0) "
            "/io/a.cpp:9: error: (-2:Unspecified error) in function 'bool cv::GifDecoder::lzwDecode()'\n",
            "an internal check failed",
        ),
    ],
)
def test_only_damage_counts_and_is_quoted_without_opencv_s_own_words(text: str, fault: str) -> None:
    assert first_fault(text) == fault

"""Memory that a decoder may take."""

import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from inspector.formats.decode import decode
from inspector.formats.memory_bound import decoding_bytes
from inspector.formats.problems import ProblemKind
from tests.formats.test_decode import ENCODED, bad
from tests.formats.writers import png_chunk


def test_a_worker_has_its_share_and_at_least_what_the_largest_plain_image_takes() -> None:
    assert decoding_bytes(1 << 20, 8 << 30, 4) == 2 << 30
    assert decoding_bytes(1 << 28, 8 << 30, 64) >= 3 << 28
    assert decoding_bytes(1 << 28, 100_000_000, 0) >= 3 << 28


def test_what_takes_more_than_that_is_too_large_before_memory_is_taken() -> None:
    size = struct.pack(">IIBBBBB", 12_000, 12_000, 1, 0, 0, 0, 0)
    chunks = png_chunk(b"IHDR", size) + png_chunk(b"IDAT", zlib.compress(bytes(9))) + png_chunk(b"IEND", b"")
    fault = bad(b"\x89PNG\r\n\x1a\n" + chunks, max_bytes=500_000_000)
    assert fault.kind is ProblemKind.TOO_LARGE
    assert "MB of memory" in fault.reason
    for data in ENCODED.values():
        assert decode(data, max_bytes=30_000_000).damage is None


BOUND = """
import resource
from inspector.formats.memory_bound import memory_bound
before = resource.getrlimit(resource.RLIMIT_DATA)
with memory_bound(100_000_000):
    kept = bytearray(90_000_000)
    try:
        bytearray(400_000_000)
    except MemoryError:
        print("bounded")
bytearray(400_000_000)
print(resource.getrlimit(resource.RLIMIT_DATA) == before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="there is such a limit on Linux only")
def test_memory_is_bounded_meanwhile(tmp_path: Path) -> None:
    run = subprocess.run([sys.executable, "-c", BOUND], capture_output=True, text=True, timeout=60)
    assert run.stdout.split() == ["bounded", "True"]

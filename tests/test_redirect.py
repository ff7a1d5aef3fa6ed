"""Silence on file descriptor 2, as other programs see it."""

import subprocess
import sys

PROGRAM = """
import os, sys
from inspector.redirect import decoders_silenced
with decoders_silenced():
    os.write(2, b"libpng warning: tEXt: CRC error\\n")
    print("a traceback", file=sys.stderr)
os.write(2, b"after\\n")
print("python, after", file=sys.stderr)
"""


def test_decoders_are_silenced_and_python_is_not() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert done.stderr == "a traceback\nafter\npython, after\n"


def test_without_a_standard_error_there_is_nothing_to_silence() -> None:
    program = PROGRAM.replace("os.write(2", "os.write(1").replace("file=sys.stderr", "file=sys.stdout")
    done = subprocess.run(
        [sys.executable, "-c", "import os; os.close(2)\n" + program], stdout=subprocess.PIPE, text=True
    )
    assert done.returncode == 0
    assert "python, after" in done.stdout

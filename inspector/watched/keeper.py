"""Keeps the folder of a process that called `inspector.watch()`, and sums up when that has ended.

python -m inspector.watched.keeper PID      prints the folder; standard input ends when that process does
"""

import os
import sys
from contextlib import suppress
from pathlib import Path

from inspector.system_signals import ENDING, ignore
from inspector.watched.advice import recommend
from inspector.watched.reader import RunReader
from inspector.watched.run_folder import run_folder
from inspector.watched.runs import begin, end
from inspector.watched.summary import summary
from inspector.watched.verdict import verdict


def main() -> None:
    """Until the end of standard input."""
    ignore(*ENDING)
    with run_folder() as folder:
        pid = int(sys.argv[1])
        command = begin(folder, _words(pid), pid)  # for a view: `inspector attach`
        sys.stdout.buffer.write(os.fsencode(folder) + b"\n")
        sys.stdout.flush()
        with suppress(OSError):
            while os.read(0, 4096):
                pass
        end(folder, command, None)
        seen = RunReader(folder).read()
        said = verdict(seen)
        with suppress(OSError):
            print(*summary(seen, said, recommend(seen, said)), sep="\n", file=sys.stderr, flush=True)


def _words(pid: int) -> tuple[str, ...]:
    """How the process was started."""
    with suppress(OSError):  # not Linux
        return tuple(os.fsdecode(word) for word in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0") if word)
    return (f"process {pid}",)


if __name__ == "__main__":
    main()

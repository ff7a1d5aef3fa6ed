"""A process that outlives ours: removes a run's folder where we were killed, as soon as the training has ended, too.

What was seen is kept before that.

python -m inspector.watched.janitor FOLDER     with a pipe as standard input, which closes when that program ends
"""

import os
import shutil
import sys
import time
from contextlib import suppress
from pathlib import Path

from inspector.file_lock import locked
from inspector.hook.layout import LOCK_NAME
from inspector.system_signals import ENDING, ignore

_LOOK_S = 0.5


def main(folder: str) -> None:
    """Wait for the end of both, then clean up."""
    ignore(*ENDING)
    with suppress(OSError):
        while os.read(0, 4096):
            pass
    with suppress(Exception):  # whatever it is, the folder is removed
        from inspector.watched.process import read_command  # not before: this process waits for days

        while (command := read_command(Path(folder))) is not None and not command.ended:
            time.sleep(_LOOK_S)  # it may not have imported torch yet, and hold no lock
    with suppress(OSError):
        # whoever writes into the folder holds a shared lock of this file
        lock = locked(os.path.join(folder, LOCK_NAME), wait=True)
        with suppress(Exception):
            from inspector.watched.kept import keep

            keep(Path(folder))
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


if __name__ == "__main__":
    main(sys.argv[1])

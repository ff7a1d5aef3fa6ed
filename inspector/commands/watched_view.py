"""The window or the terminal view beside a watched training: a process of its own, which may die at any time.

python -m inspector.commands.watched_view window|terminal FOLDER

The training is the launcher's child, and knows nothing of this process; whatever happens here, it continues. Its folder
stays while this process lives, so that the window shows what was seen also when the training has ended.
"""

import os
import signal
import sys
from contextlib import suppress

NICE = 5  # the training has the cores first


def main(kind: str, folder: str) -> int:
    """Show the run in `folder` until the user closes the window; the terminal view ends with the training."""
    if hasattr(signal, "pthread_sigmask"):  # whoever started us has blocked some
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
    if kind == "terminal":
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the training, and this view ends with it
    with suppress(OSError, AttributeError):
        os.nice(NICE)
    if kind == "terminal":
        from inspector.session.watched import WatchedSession
        from inspector.terminal.training import watch_training

        return watch_training(WatchedSession(folder))
    from inspector.app import run_training_window

    return run_training_window(folder)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))

"""`inspector run` for a training that a window starts: all that it is to do comes through standard input.

python -m inspector.commands.run_from_window FOLDER     with the JSON of `inspector.watched.launch`

The same command as in a terminal, with its output in a file. No view of its own: the window shows it.
"""

import json
import os
import sys
from pathlib import Path

from inspector.commands.parser import say
from inspector.commands.run import RunCommand
from inspector.errors import InspectorError


def main(folder: str) -> int:
    """Run it; the exit status is the training's."""
    asked = json.loads(sys.stdin.buffer.read())
    _redirect(asked["output"])
    os.environ.clear()
    os.environ.update(asked["environ"])
    try:
        os.chdir(asked["folder"])
        return RunCommand().run_for_window(asked["words"], Path(folder))
    except (InspectorError, OSError) as error:
        say(str(error))
        return 2


def _redirect(output: str) -> None:
    """Standard output and error to the file, no input."""
    written = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for descriptor, stream in ((nothing, 0), (written, 1), (written, 2)):
        os.dup2(descriptor, stream)
    os.close(written)
    os.close(nothing)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

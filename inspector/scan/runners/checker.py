"""The process in which the files of chunks are decoded; see `check`."""

import os
import sys
from multiprocessing.connection import Connection

from inspector.errors import InspectorError
from inspector.scan.file_groups import FileGroup

_IDLE_S = 60.0


def main() -> None:
    """Check chunks that come through a descriptor, until it is closed, or none has come for a while."""
    import cv2

    from inspector.scan.runners.check import check_files

    cv2.setNumThreads(0)
    channel = Connection(int(sys.argv[1]))
    try:
        while channel.poll(_IDLE_S):
            chunk = channel.recv()
            check = check_files(chunk)
            try:
                for number, name in enumerate(chunk.names()):
                    channel.send(check(FileGroup(number, (name,)))[0])
            except InspectorError as error:
                channel.send(error)
            if check.reader is not None:
                check.reader.close()
    except (EOFError, OSError):  # the worker has ended
        pass
    os._exit(0)  # nothing is left to do

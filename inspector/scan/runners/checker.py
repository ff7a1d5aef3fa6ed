"""The process in which the files of chunks are decoded; see `check`."""

import os
import sys
import time
from multiprocessing.connection import Connection

from inspector.errors import InspectorError
from inspector.scan.check_file import FileReport
from inspector.scan.file_groups import FileGroup
from inspector.scan.runners.check import check_files
from inspector.scan.runners.chunk import Chunk

_IDLE_S = 60.0
_TOGETHER_S = 0.1  # reports of so many seconds go back in one message


def main() -> None:
    """Check chunks that come through a descriptor, until it is closed, or none has come for a while."""
    import cv2

    cv2.setNumThreads(0)
    channel = Connection(int(sys.argv[1]))
    try:
        while channel.poll(_IDLE_S):
            chunk, one_by_one = channel.recv()
            _check(chunk, 0.0 if one_by_one else _TOGETHER_S, channel)
    except (EOFError, OSError):  # the worker has ended
        pass
    os._exit(0)  # nothing is left to do


def _check(chunk: Chunk, together_s: float, channel: Connection) -> None:
    check = check_files(chunk)
    reports: list[FileReport] = []
    sent_s = time.monotonic()
    try:
        for number, name in enumerate(chunk.names()):
            reports += check(FileGroup(number, (name,)))
            if time.monotonic() - sent_s >= together_s:
                channel.send(reports)
                reports, sent_s = [], time.monotonic()
        channel.send(reports)
    except InspectorError as error:
        channel.send(error)
    if check.reader is not None:
        check.reader.close()

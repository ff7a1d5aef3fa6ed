"""Qt's own warnings go to the log; what is critical to standard error, too."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

from inspector.formatting import readable
from inspector.ui.faults.log_collector import Level, LogCollector

_LEVELS: dict[QtMsgType, Level] = {
    QtMsgType.QtDebugMsg: "info",
    QtMsgType.QtInfoMsg: "info",
    QtMsgType.QtWarningMsg: "warning",
}


@contextmanager
def qt_messages_logged(log: LogCollector) -> Iterator[None]:
    """Qt may call from any thread, and reads no answer."""

    def take(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        level = _LEVELS.get(kind, "error")
        log.add(text, level, "Qt")
        if level == "error" and sys.stderr is not None:
            print(f"inspector: Qt: {readable(text)}", file=sys.stderr, flush=True)

    before = qInstallMessageHandler(take)
    try:
        yield
    finally:
        qInstallMessageHandler(before)

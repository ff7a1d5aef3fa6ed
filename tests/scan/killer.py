"""What a worker is given in place of the scan's own function, to see what becomes of a file that ends its worker."""

import os
import signal
from typing import Any

from inspector.dataset.checks import CheckSettings
from inspector.scan.inspect import ReadImage


def inspect_or_die(deadly: str, path: str) -> Any:
    """Inspect a file as a scan does; end the process at one whose path begins with `deadly`."""
    if path.startswith(deadly):
        os.kill(os.getpid(), signal.SIGKILL)
    return ReadImage(CheckSettings.without(), 1 << 28, own_process=True)(path)

"""`ReportSource`: who has the files of a scan checked."""

from collections.abc import Callable, Generator
from typing import NamedTuple, Protocol

from inspector.scan.check_file import FileReport
from inspector.scan.progress import EngineWorker
from inspector.scan.runners.ahead import Ahead
from inspector.sources.opening import SampleIndex


class Hooks(NamedTuple):
    """What a report source is given of the scan.

    Attributes:
        cancelled: whether to stop.
        started: to be called when the first file is about to be checked: the time to start a cluster is not counted.
        say: takes a sentence for the user.
    """

    cancelled: Callable[[], bool]
    started: Callable[[], object]
    say: Callable[[str], object]


class ReportSource(Protocol):
    """Checks files somewhere."""

    def reports(self, index: SampleIndex, first: int, ahead: Ahead, hooks: Hooks) -> Generator[FileReport]:
        """Of the files from `first` on, in order.

        Args:
            ahead: what is known of some of them already; what is found before its turn waits there.

        Raises:
            LoaderClosedError: after `cancel`.
            EngineLostError: where the cluster is gone.
            InspectorError: where no file can be checked.
        """

    def cancel(self) -> None:
        """Begin to stop, without waiting; from any thread. `reports` may be called again."""

    def workers(self) -> tuple[EngineWorker, ...]:
        """Those of a cluster; none for this machine's own."""

"""`PartialSource`: who has the files of a scan checked."""

from collections.abc import Callable, Generator, Iterable, Sequence
from typing import NamedTuple, Protocol

from inspector.scan.near_pairs import BandSearch
from inspector.scan.perceptual_hash import Hashes
from inspector.scan.progress import EngineWorker
from inspector.scan.runners.ahead import Ahead
from inspector.scan.runners.partial import Partial
from inspector.sources.opening import SampleIndex


class Hooks(NamedTuple):
    """What a source of partials is given of the scan.

    Attributes:
        cancelled: whether to stop.
        started: to be called when the first file is about to be checked: the time to start a cluster is not counted.
        say: takes a sentence for the user.
    """

    cancelled: Callable[[], bool]
    started: Callable[[], object]
    say: Callable[[str], object]


class PartialSource(Protocol):
    """Checks files somewhere."""

    def partials(self, index: SampleIndex, first: int, ahead: Ahead, hooks: Hooks) -> Generator[Partial]:
        """Of the files from `first` on, in order.

        Args:
            ahead: what is known of some of them already; what is found before its turn waits there.

        Raises:
            LoaderClosedError: after `cancel`.
            EngineLostError: where the cluster is gone.
            InspectorError: where no file can be checked.
        """

    def compare(
        self, hashes: Hashes, searches: Sequence[BandSearch], cancelled: Callable[[], bool]
    ) -> Iterable[Hashes]:
        """See `Compare`; once all files are checked."""

    def cancel(self) -> None:
        """Begin to stop, without waiting; from any thread. `partials` may be called again."""

    def workers(self) -> tuple[EngineWorker, ...]:
        """Those of a cluster; none for this machine's own."""

    def close(self) -> None:
        """Let go of what was started; `partials` may be called again."""

"""What has come so far of the data set that is being loaded: statistics of its pixels, and how often each file came."""

from inspector.loader.batch import Batch
from inspector.monitor.channel_statistics import ChannelStatistics, StatisticsCollector
from inspector.monitor.sample_counts import SampleCounter, SampleCounts
from inspector.sources.dataset import DatasetIndex, IterableIndex
from inspector.sources.opening import SampleIndex


class DeliveryStatistics:
    """Takes in every delivered batch, in microseconds. All methods but `close` return at once, from any thread."""

    def __init__(self) -> None:
        self._collector = StatisticsCollector()
        self._counter: SampleCounter | None = None
        self._follows = False

    def follow(self, index: SampleIndex | DatasetIndex | None) -> None:
        """Forget everything; the batches to come are of a new run over `index`.

        Takes some 20 ms for ten million files: a count for each is made room for, and the classes' sizes are found.
        """
        self._counter = None
        self._collector.clear(0 if index is None else len(index))
        self._follows = index is not None
        if index is not None and not isinstance(index, IterableIndex):
            self._counter = SampleCounter(index, index.class_table())

    def add(self, batch: Batch, *, streaming: bool) -> None:
        """A batch was delivered. `streaming`: more come faster than one looks at them."""
        if self._counter is not None:
            self._counter.add(batch)
        if self._follows:
            self._collector.add(batch, streaming=streaming)

    def statistics(self) -> ChannelStatistics:
        """Of the pixels, as they stood after the last batch that was counted."""
        return self._collector.statistics()

    def sample_counts(self) -> SampleCounts | None:
        """Of files and classes, to the last batch; None before anything is loaded, and where nobody
        knows how many samples there are."""
        counter = self._counter
        return None if counter is None else counter.counts()

    def close(self) -> None:
        """End the thread that counts pixels. What was counted can still be asked for."""
        self._collector.close()

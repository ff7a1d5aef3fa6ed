"""Which failures end a run: the user's code that raises, by default; bad files where they are too many."""

from collections import Counter, deque
from collections.abc import Callable

from inspector.errors import BadFileError, InspectorError, TooManyBadFilesError, UserCodeError
from inspector.formats.problems import ProblemKind
from inspector.loader.planning.samples import Sample, SampleState
from inspector.loader.workers.messages import SampleFault
from inspector.settings import LoaderConfig

_ADVICE = {
    ProblemKind.CRASHED: "Look for what ends the process: a fault of a library, or too little memory; with "
    "num_workers=0 it comes with a traceback or a core dump",
    ProblemKind.TIMED_OUT: "Find out what takes so long, a slow disk or network or code that waits, or raise "
    "sample_timeout_s",
    ProblemKind.TRANSFORM_FAILED: 'Correct the code that raised, or leave out on_error="skip" to see its first error',
    ProblemKind.TOO_LARGE: "Raise max_pixels or memory_limit_bytes, or make the images smaller",
    ProblemKind.UNSUPPORTED: "Convert the files to another format, or give read_image a decoder for them",
    ProblemKind.NOT_IMAGE: "Check that these are image files, and extensions names no others",
    ProblemKind.VANISHED: "Check that the data set is complete and its disk is there",
    ProblemKind.UNREADABLE: "Check permissions, and that the disk is there and sound",
}
_ADVICE_FOR_DAMAGE = "Check that the data set was copied completely, with inspector scan"

JUDGED_SAMPLES = 1000  # the share of bad ones is that of the last so many


class FailurePolicy:
    """Judges each sample in the order of the epoch, so that the result is the same with any number of workers.

    Args:
        length: samples in an epoch.
        name: of a sample, by its index.
    """

    def __init__(self, config: LoaderConfig, length: int, name: Callable[[int], str]) -> None:
        self._on_error = config.on_error
        self._on_bad_file = config.on_bad_file
        self._most = config.max_bad_share
        self._name = name
        self._size = max(1, min(JUDGED_SAMPLES, length))
        self._window: deque[ProblemKind | None] = deque()
        self._bad = 0
        self._last = (-1, -1)

    def error_of(self, index: int, fault: SampleFault) -> InspectorError | None:
        """Why there must be no batch after a sample with this fault; None: skip it."""
        if fault.kind is ProblemKind.TRANSFORM_FAILED:
            if self._on_error == "skip":
                return None
            detail = f"\n\n{fault.detail.rstrip()}\n" if fault.detail else ""
            advice = 'correct the code, or set on_error="skip" to leave such samples out'
            return UserCodeError(f"{self._name(index)}: {fault.reason}; {advice}{detail}")
        if self._on_bad_file == "skip":
            return None
        return BadFileError(f'{self._name(index)}: {fault.kind}: {fault.reason} (on_bad_file is "raise")')

    def count(self, sample: Sample) -> TooManyBadFilesError | None:
        """Take the next sample of the order in; why there must be no further batch, or None.

        One that was counted already, before batches were formed again, changes nothing.
        """
        if sample.position <= self._last:
            return None
        self._last = sample.position
        fault = sample.fault if sample.state is SampleState.BAD else None
        self._window.append(fault.kind if fault is not None else None)
        self._bad += fault is not None
        if len(self._window) > self._size:
            self._bad -= self._window.popleft() is not None
        if fault is None or self._bad <= self._most * self._size:
            return None
        kinds = Counter(kind for kind in self._window if kind is not None)
        most = kinds.most_common(1)[0][0]
        counts = ", ".join(f"{count:,} {kind}" for kind, count in kinds.most_common())
        return TooManyBadFilesError(
            f"{self._bad:,} of the last {len(self._window):,} samples could not be loaded ({counts}), more than "
            f"max_bad_share = {self._most:g} allows; the last was {self._name(sample.index)}: {_ended(fault.reason)} "
            f"{_ADVICE.get(most, _ADVICE_FOR_DAMAGE)}, or raise max_bad_share"
        )

    def reset(self) -> None:
        """The loader moves to another position."""
        self._window.clear()
        self._bad = 0
        self._last = (-1, -1)


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."

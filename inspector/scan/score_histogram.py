"""How often each score comes, for a view that lets a limit be moved."""

from dataclasses import dataclass, replace

import numpy as np

from inspector.scan.check_settings import ALIKE, LIMITS
from inspector.scan.measure_table import MeasureTable
from inspector.scan.scores import SCORES
from inspector.scan.whole_set import WholeSet

BINS = 120
HISTOGRAMS = (*SCORES, *ALIKE)  # checks that have one
_REACH = ((100_000, 8), (1_000_000, 6))  # so many images at most: distances that are looked for, in about two seconds
_SPANS = {"dark": (0.0, 100.0), "bright": (0.0, 100.0), "low-information": (0.0, 8.0)}
_NEARLY_ALL = 99.5  # percent of the scores that are told apart; those beyond are in the last bin
_ROOM = 1.6  # times the limit that is seen at least


@dataclass(frozen=True, slots=True)
class ScoreHistogram:
    """Of one check.

    Attributes:
        check: its name. limit: the name of its limit. above: what is found lies above that, else below.
        reaching: or is equal.
        low, high: scores at the ends; those beyond are counted in the first and last bin.
        counts: samples in each of the bins, which are equally wide.
        unknown: samples without this score.
    """

    check: str
    limit: str
    above: bool
    low: float
    high: float
    counts: tuple[int, ...]
    unknown: int
    reaching: bool = False


def score_histogram(check: str, measures: MeasureTable, files: int, limit: float) -> ScoreHistogram | None:
    """Of the first `files` files; None where the check has no score.

    Args:
        limit: that is in force, to be in sight.
    """
    if check not in SCORES:
        return None
    score = SCORES[check]
    scores = score.of(measures)[:files]
    known = scores[np.isfinite(scores)]
    low, high = _SPANS.get(check, (0.0, 0.0))
    if not high and len(known):
        low = 1.0 if check == "aspect" else 0.0
        high = max(_ROOM * limit, float(np.percentile(known, _NEARLY_ALL)))
    high = min(max(high, low + 1e-3), max(LIMITS[score.limit].highest, low + 1e-3))
    counts, _ = np.histogram(np.clip(known, low, high), BINS, (low, high))
    return ScoreHistogram(
        check, score.limit, score.above, low, high, tuple(counts.tolist()), len(scores) - len(known), score.reaching
    )


def distance_histogram(whole: WholeSet, files: int) -> ScoreHistogram:
    """Of the distances of the first `files` files from those most like them: a bin each, for `near-duplicate`.

    Takes a second or two where there are many. Greater distances than the last bin's, which is beyond the limit, are
    unknown; of more than a million images those beyond the limit are.

    Raises:
        IndexingCancelled: where `whole.cancelled` said so.
    """
    limit = whole.settings.max_distance
    reach = max(limit, next((bits for most, bits in _REACH if files <= most), 0))
    bits = replace(whole, settings=replace(whole.settings, max_distance=reach)).alike().nearest()[:files]
    counts = np.bincount(bits[np.isfinite(bits)].astype(np.int64), minlength=reach + 1)
    name = next(name for name, each in LIMITS.items() if ALIKE[0] in each.checks)
    found = tuple(counts.tolist())
    return ScoreHistogram(ALIKE[0], name, False, -0.5, reach + 0.5, found, files - sum(found), reaching=True)

"""The page on a watched training: verdict, advice, and all loaders with their workers, slowest samples and errors."""

from collections.abc import Sequence
from dataclasses import dataclass

from inspector import formatting as fmt
from inspector.report.page import environment
from inspector.watched.advice import recommend
from inspector.watched.records import Run, WatchedLoader
from inspector.watched.verdict import TrainingLimit, verdict

_SIGNS = {TrainingLimit.STEP: "✓", TrainingLimit.UNKNOWN: "●"}
_MOST_ROWS = 24

Rows = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class LoaderSection:
    """What the page says of one loader."""

    title: str
    site: str
    figures: Rows
    settings: Rows
    workers: Rows
    slowest: Rows
    trials: Rows
    errors: Rows


def watched_page(run: Run, command: Sequence[str], about: str) -> str:
    """One HTML file that loads nothing and runs nothing. `about`: when and by what it was written."""
    said = verdict(run)
    advised = recommend(run, said)
    return (
        environment()
        .get_template("watched.html")
        .render(
            title=" ".join(command),
            about=about,
            sign=_SIGNS.get(said.cause, "▲"),
            cause=said.cause.value,
            reason=said.reason,
            evidence=advised.evidence,
            line=advised.line,
            loaders=[_section(loader) for loader in run.loaders],
        )
    )


def _section(loader: WatchedLoader) -> LoaderSection:
    totals = loader.totals
    rank = f" of rank {loader.rank}" if loader.world_size > 1 else ""
    depth = fmt.rate(totals.queue_depth) + ("" if loader.most_ahead is None else f" of {loader.most_ahead}")
    return LoaderSection(
        title=loader.name + rank,
        site=loader.site,
        figures=[
            ("batches", fmt.whole(totals.batches)),
            ("images", fmt.whole(totals.images)),
            ("epochs", fmt.whole(totals.starts)),
            ("data wait", fmt.percent(totals.data_wait)),
            ("waiting in next()", f"{totals.wait_s:.2f} s"),
            ("starting iterators", f"{totals.start_up_s:.2f} s"),
            ("between batches (host time)", f"{totals.step_s:.2f} s"),
            ("batches ready", depth),
        ],
        settings=[(name, fmt.UNKNOWN if value is None else str(value)) for name, value in loader.settings.items()],
        workers=[
            (
                fmt.whole(worker.worker),
                str(worker.pid),
                fmt.whole(worker.batches),
                fmt.whole(worker.samples),
                fmt.percent(worker.busy),
                fmt.milliseconds(worker.fetch_ms),
                fmt.milliseconds(worker.collate_ms),
            )
            for worker in loader.workers
        ],
        slowest=[
            (fmt.whole(sample.index), sample.path or fmt.UNKNOWN, fmt.milliseconds(sample.ms), fmt.whole(sample.worker))
            for sample in loader.slowest[:_MOST_ROWS]
        ],
        trials=[
            (str(trial.num_workers), fmt.rate(trial.batches_per_s), fmt.rate(trial.first_s)) for trial in loader.trials
        ],
        errors=[
            (error.type, fmt.whole(error.index), fmt.whole(error.worker), error.message[-500:])
            for error in loader.errors[-_MOST_ROWS:]
        ],
    )

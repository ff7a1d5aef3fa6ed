"""What is said at the end of a run: about ten lines."""

from inspector import formatting as fmt
from inspector.monitor.verdict.table import Verdict
from inspector.watched.advice import Recommended
from inspector.watched.deaths import death
from inspector.watched.records import Run, WatchedError, WatchedLoader
from inspector.watched.rules import sample_name
from inspector.watched.verdict import main_loader

_MOST_OTHERS = 3

NOT_REACHED = (
    "no Python of this command ran our hook (python -I, -E or -S, a container, sudo, or no Python at all); put "
    "`import inspector; inspector.watch()` at the top of the script"
)
NO_TORCH = "nothing in this command imported torch.utils.data"
UNKNOWN_TORCH = "this PyTorch has no DataLoader that we know; it is not watched"
NO_LOADER = "no DataLoader was iterated"
NO_ROOM = "there is no room for figures in {folder}; free some, or set XDG_RUNTIME_DIR or TMPDIR to another folder"


def why_nothing(run: Run, *, over: bool) -> str:
    """Why no loader was seen; "" where one was. `over`: the command has ended."""
    if run.loaders:
        return ""
    if "python" not in run.marks:
        return NOT_REACHED
    if "failed" in run.marks:
        return UNKNOWN_TORCH
    if "full" in run.marks:
        return NO_ROOM
    why = NO_LOADER if "armed" in run.marks else NO_TORCH
    return why if over else f"{why} so far"


def summary(run: Run, said: Verdict, advised: Recommended) -> list[str]:
    """The lines."""
    loader = main_loader(run)
    if loader is None:
        return [f"inspector: {why_nothing(run, over=True) or NO_LOADER}"]
    totals = loader.totals
    lines = [
        f"inspector: {said.cause}. {said.evidence}",
        f"  {_head(loader)}",
        f"  time      {totals.wait_s:.2f} s waiting in next(), {totals.start_up_s:.2f} s starting iterators, "
        f"{totals.step_s:.2f} s between batches (host time: a GPU's work is only queued in it)",
    ]
    if workers := [worker for worker in loader.workers if worker.worker is not None]:
        busy = [worker.busy for worker in workers if worker.busy is not None]
        batches = max(1, sum(worker.batches for worker in workers))
        load_ms = 1000 * sum(worker.fetch_s for worker in workers) / batches
        collate_ms = 1000 * sum(worker.collate_s for worker in workers) / batches
        ready = "" if totals.queue_depth is None else f"; {totals.queue_depth:.1f} of {loader.most_ahead} batches ready"
        lines.append(
            f"  workers   {loader.num_workers}, busy {fmt.percent(sum(busy) / len(busy) if busy else None)}, "
            f"{fmt.milliseconds(load_ms)} ms a batch to load, {fmt.milliseconds(collate_ms)} ms to collate{ready}"
        )
    if loader.slowest:
        slowest = loader.slowest[0]
        where = "" if slowest.worker is None else f" in worker {slowest.worker}"
        lines.append(f"  slowest   {sample_name(slowest)}: {fmt.milliseconds(slowest.ms)} ms{where}")
    if totals.replayed and totals.replay_s > 0:
        free = totals.replayed / totals.replay_s
        loaded = (totals.batches - 1) / max(1e-9, totals.seconds - totals.begin_s)
        lines.append(
            f"  replay    {fmt.rate(free)} batches/s with the same {totals.batches} batches again and again, "
            f"{fmt.rate(loaded)} with loaded ones: what this training has learnt is worth nothing"
        )
    if loader.errors:
        error = loader.errors[-1]
        lines.append(f"  errors    {totals.errors}: {death(error) or _raised(error)}")
    others = [each for each in run.loaders if each is not loader]
    lines += [f"  also      {_head(each)}" for each in others[:_MOST_OTHERS]]
    if len(others) > _MOST_OTHERS:
        lines.append(f"            and {fmt.plural(len(others) - _MOST_OTHERS, 'loader')} more")
    if advised.evidence:
        lines.append(f"  advice    {advised.evidence}")
    if advised.line:
        lines.append(f"  write     {advised.line}")
    return [fmt.readable(line) for line in lines]


def _raised(error: WatchedError) -> str:
    of = "" if error.index is None else f" at sample {error.index}"
    who = "" if error.worker is None else f" in worker {error.worker}"
    return f"{error.type}{of}{who}: {fmt.readable(error.message.strip().rpartition(chr(10))[2])[:120]}"


def _head(loader: WatchedLoader) -> str:
    totals = loader.totals
    rank = f" of rank {loader.rank}" if loader.world_size > 1 else ""
    site = f" ({fmt.readable(loader.site)})" if loader.site else ""
    return (
        f"{fmt.readable(loader.name)}{rank}{site}: {fmt.plural(totals.batches, 'batch', 'batches')}, "
        f"{fmt.plural(totals.images, 'image')} in {fmt.plural(max(totals.starts, 1), 'epoch')}, "
        f"{fmt.percent(loader.shared.data_wait)} of {loader.shared.seconds:.1f} s waited"
    )

"""Which settings to use for a watched loader, from what was measured of it."""

import math
from dataclasses import dataclass, replace

from inspector import formatting as fmt
from inspector.monitor.verdict.table import NO_ADVICE, SATURATED, Cause, Verdict
from inspector.resource_limits import usable_cores
from inspector.watched.records import Run, WatchedLoader
from inspector.watched.shares import Shares, shares
from inspector.watched.verdict import main_loader

NOISE = 0.05  # of a measured rate
SPARE = 1.1  # times what the training takes, for slow samples
MUCH = 20.0  # times faster than the training must loading be, to do it without workers
WORTH_IT = 0.01  # share of the time, from which on a setting is worth changing
_MANY_WORKERS = 8  # or two a core: more were never measured here


@dataclass(frozen=True, slots=True)
class Recommended:
    """Settings for the DataLoader, and why. None: not known.

    Attributes:
        line: what to put into the script; "" where nothing is to be changed.
    """

    num_workers: int | None = None
    prefetch_factor: int | None = None
    persistent_workers: bool | None = None
    pin_memory: bool | None = None
    evidence: str = ""
    line: str = ""


def recommend(run: Run, said: Verdict) -> Recommended:
    """What to change: from a sweep where there was one, else from the figures of the settings in force."""
    loader = main_loader(run)
    if loader is None or said.cause is Cause.NOT_ENOUGH:
        return Recommended(evidence=said.evidence)
    measured = shares(loader, run)
    workers, evidence = _from_sweep(loader, measured) or _workers(loader, measured, said.cause)
    ahead = loader.prefetch_factor or 2
    persistent = bool(loader.settings.get("persistent_workers"))
    if said.cause is Cause.STRAGGLERS:
        ahead = max(4, ahead)
        evidence.append(
            f"A prefetch_factor of {ahead} loads on while a slow sample is waited for; in_order=False hands out what "
            "is ready, in another order."
        )
    if not persistent and workers and measured.start_up >= WORTH_IT:
        persistent = True
        evidence.append(
            f"Starting the workers again costs {measured.restarts_s:.2f} s an epoch: persistent_workers=True saves "
            f"{fmt.percent(measured.start_up)} of the time."
        )
    pin = bool(loader.settings.get("pin_memory"))
    if loader.settings.get("cuda") and not pin:
        pin = True
        evidence.append("The training uses a GPU: pin_memory=True makes copies to it quicker.")
    found = Recommended(workers, ahead if workers else None, persistent and workers > 0, pin, " ".join(evidence))
    return replace(found, line=line_of(loader, found))


def _from_sweep(loader: WatchedLoader, measured: Shares) -> tuple[int, list[str]] | None:
    """The fewest workers that keep up with the training, or else the fewest of those that load fastest."""
    rates = {trial.num_workers: trial.batches_per_s for trial in loader.trials if trial.batches_per_s}
    if not rates:
        return None
    fastest = max(rates.values())
    wanted = 1 / measured.step_s if measured.step_s > 0 else math.inf
    needed = min(fastest, wanted * SPARE) * (1 - NOISE)
    chosen = min(
        (count for count, rate in rates.items() if rate >= needed and (count or rate >= wanted * MUCH)), default=0
    )
    shown = ", ".join(f"{count}: {fmt.rate(rate)}" for count, rate in sorted(rates.items()))
    reached = "keeps up" if rates.get(chosen, 0.0) >= wanted * (1 - NOISE) else "is as fast as it gets"
    steps = "" if math.isinf(wanted) else f"; the training takes {fmt.rate(wanted)}"
    return chosen, [f"Measured batches/s by workers: {shown}{steps}: {chosen} {reached}."]


def _workers(loader: WatchedLoader, measured: Shares, cause: Cause) -> tuple[int, list[str]]:
    """How many, and why."""
    now = loader.num_workers
    if not measured.load_s:
        return now, []
    if measured.others_take_cores and cause is not Cause.STEP:
        return now, [f"Other programs use the cores: {NO_ADVICE}. Measure again without them."]
    load, step = measured.load_s, measured.step_s
    times = f"a batch takes {fmt.milliseconds(1000 * load)} ms to load and a step {fmt.milliseconds(1000 * step)} ms"
    if cause is not Cause.INPUT:
        enough = max(1, math.ceil(load / max(step, 1e-6) / SATURATED)) if now else 0
        spare = f"; {fmt.plural(enough, 'worker')} would do" if enough < now else ""
        return now, [
            f"{fmt.sentence(times)[:-1]}: {fmt.plural(now, 'worker')} {'is' if now == 1 else 'are'} enough{spare}."
        ]
    needed = max(1, math.ceil(load / max(step, 1e-6) - 0.05), now)
    if load < 0.7 * step * now:
        return now, [
            f"{fmt.sentence(times)[:-1]}: {fmt.plural(now, 'worker')} can keep up; what is waited for is the start of "
            "an epoch, a few slow samples, or a core that other programs use."
        ]
    cores, cpu = usable_cores(), min(1.0, (measured.cpu_s or 0.0) / load)
    many = max(_MANY_WORKERS, int(2 * cores), now)
    if cpu > 0.05:
        most = min(many, max(1, math.floor(cores / cpu)))
        if needed > most:
            limit = max(most, min(now, needed), 1)
            return limit, [
                f"{fmt.sentence(times)[:-1]}: it would take {fmt.plural(needed, 'worker')}, which compute "
                f"{fmt.percent(min(1.0, cpu))} of that time, and there {'is' if cores == 1 else 'are'} {cores:g} "
                f"{'core' if cores == 1 else 'cores'}: beyond {limit}, only less work a sample helps."
            ]
    needed = min(needed, many)
    if needed == now:
        return now + max(1, now // 2), [f"{fmt.sentence(times)[:-1]}, with {fmt.plural(now, 'worker')} nearly enough."]
    keep = "keeps" if needed == 1 else "keep"
    return needed, [f"{fmt.sentence(times)[:-1]}: {fmt.plural(needed, 'worker')} {keep} up with it."]


def line_of(loader: WatchedLoader, found: Recommended) -> str:
    """The arguments to write; "" where they are what they are."""
    settings = loader.settings
    same = (
        found.num_workers == loader.num_workers
        and (not found.num_workers or found.prefetch_factor == (loader.prefetch_factor or 2))
        and bool(found.persistent_workers) == bool(settings.get("persistent_workers"))
        and bool(found.pin_memory) == bool(settings.get("pin_memory"))
    )
    if same:
        return ""
    arguments = [f"num_workers={found.num_workers}"]
    if found.num_workers:
        arguments += [f"prefetch_factor={found.prefetch_factor}", f"persistent_workers={found.persistent_workers}"]
    if found.pin_memory is not None:
        arguments.append(f"pin_memory={found.pin_memory}")
    return f"DataLoader(..., {', '.join(arguments)})"

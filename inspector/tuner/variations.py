"""What a sweep varies besides the number of workers."""

from dataclasses import dataclass, replace

from inspector.settings import Decode
from inspector.tuner.trials import TrialEngine, TrialSetting


@dataclass(frozen=True, slots=True)
class Variations:
    """The values to try of each setting; () stands for the one that is set now.

    Attributes:
        torch: PyTorch's own DataLoader, too, where it is installed.
    """

    engines: tuple[TrialEngine, ...] = ()
    batch_sizes: tuple[int, ...] = ()
    prefetches: tuple[int, ...] = ()
    decodes: tuple[Decode, ...] = ()
    torch: bool = False

    def curves(self, now: TrialSetting, *, with_torch: bool) -> tuple[TrialSetting, ...]:
        """A setting for each combination. `num_workers` is 1 in all."""
        now = replace(now, num_workers=1, engine="processes" if now.engine == "serial" else now.engine)
        curves = [
            replace(now, engine=engine, batch_size=batch_size, prefetch_batches=prefetch, decode=decode)
            for engine in self.engines or (now.engine,)
            for batch_size in self.batch_sizes or (now.batch_size,)
            for prefetch in self.prefetches or (now.prefetch_batches,)
            for decode in self.decodes or (now.decode,)
        ]
        if with_torch:
            curves += [replace(each, engine="torch") for each in curves if each.engine == curves[0].engine]
        return tuple(curve for curve in curves if curve.engine != "serial")

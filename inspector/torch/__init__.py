"""`DataLoader`, in place of `torch.utils.data.DataLoader`: the same arguments, the same batches, our workers.

    sampler -> lists of keys -> tasks -> worker: BatchFetcher -> the collated batch, taken apart by `batch_parts`
                                                                     |
    next() <- pinned <- put together <- arrays in shared memory  <---+

A task is a batch, as with PyTorch: the data set's items are fetched and collated in one worker. The order of batches,
their samplers and the random state that orders are drawn from are PyTorch's own. What is ours is underneath: workers
that are replaced when they die, memory that is written once, and no file in /dev/shm.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from inspector.torch.loader import DataLoader

__all__ = ["DataLoader"]


def __getattr__(name: str) -> Any:
    """Imported where it is asked for: workers do without it, and start the sooner."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from inspector.torch.loader import DataLoader

    return DataLoader

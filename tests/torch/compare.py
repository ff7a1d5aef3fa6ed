"""The original and ours beside each other."""

from typing import Any

import numpy as np

from tests.torch.late import inspector_torch, torch, torch_data


def both(dataset: Any, loops: int = 1, **arguments: Any) -> tuple[list[Any], list[Any]]:
    """The batches of the original and of ours."""
    found = []
    for kind in (torch_data.DataLoader, inspector_torch.DataLoader):
        torch.manual_seed(5)
        loader = kind(dataset, num_workers=2, **arguments)
        found.append([batch for _ in range(loops) for batch in loader])
        if kind is inspector_torch.DataLoader:
            loader.close()
    return found[0], found[1]


def outcomes(loader: Any) -> list[Any]:
    """Its batches, and for those that could not be made the type of the error."""
    batches, found = iter(loader), list[Any]()
    while True:
        try:
            found.append(next(batches))
        except StopIteration:
            return found
        except Exception as error:
            found.append(type(error))


def check_same(one: Any, other: Any) -> None:
    values, structure = torch.utils._pytree.tree_flatten(one)
    others, other_structure = torch.utils._pytree.tree_flatten(other)
    assert structure == other_structure
    for value, its in zip(values, others, strict=True):
        assert type(value) is type(its)
        if isinstance(value, torch.Tensor | np.ndarray):
            assert (value.dtype, value.shape) == (its.dtype, its.shape)
            assert bool((value == its).all())
        else:
            assert value == its

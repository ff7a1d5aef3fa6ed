"""Odd samples through the drop-in come as they come from the original."""

from typing import Any, NamedTuple

import numpy as np
import pytest

from tests.torch.compare import outcomes
from tests.torch.late import inspector_torch, torch, torch_data
from tests.torch.odd_samples import NAMES, Odds, as_list

pytestmark = [
    pytest.mark.torch,
    pytest.mark.filterwarnings("ignore:Sparse:UserWarning"),
    pytest.mark.filterwarnings("ignore:torch.quantize_per_tensor:UserWarning"),
    pytest.mark.filterwarnings("ignore:TypedStorage:UserWarning"),
    pytest.mark.filterwarnings("ignore:The given NumPy array is not writable:UserWarning"),
]


# The original breaks the first two, and NumPy swaps the bytes of the last; ours leaves out what lies between columns.
_OTHER = ("conjugate", "quantised", "columns", "big-endian")
_COMPARED = tuple(name for name in NAMES if name not in _OTHER)


def numbers(value: Any) -> Any:
    """What is to be the same of a tensor or an array."""
    if isinstance(value, torch.Tensor):
        sparse = value.layout is not torch.strided
        plain = value.to_dense() if sparse else value.dequantize() if value.is_quantized else value
        steps = () if sparse else value.stride()
        values = plain.resolve_conj() if plain.is_complex() else plain.double()
        return value.dtype, value.layout, value.requires_grad, steps, plain.shape, values.tolist()
    if isinstance(value, np.ndarray):
        return value.dtype, value.shape, value.tolist(), np.ma.getmaskarray(value).tolist()
    return vars(value) if hasattr(value, "__dict__") else value


def check_same(one: Any, other: Any) -> None:
    assert type(one) is type(other)
    if isinstance(one, list | tuple):
        assert len(one) == len(other)
        for part, its in zip(one, other, strict=True):
            check_same(part, its)
    elif hasattr(one, "caption"):
        check_same([one.image, one.caption], [other.image, other.caption])
    else:
        assert numbers(one) == numbers(other)


@pytest.mark.parametrize("collate", [as_list, None], ids=["as they are", "collated"])
def test_odd_samples_are_as_with_the_original_or_the_same_error(collate: Any) -> None:
    arguments: dict[str, Any] = {"batch_size": 2, "collate_fn": collate, "num_workers": 1}
    theirs = outcomes(torch_data.DataLoader(Odds(_COMPARED, 2), **arguments))
    loader = inspector_torch.DataLoader(Odds(_COMPARED, 2), **arguments)
    ours = outcomes(loader)
    loader.close()
    assert len(ours) == len(theirs) == len(_COMPARED)
    for name, one, other in zip(_COMPARED, ours, theirs, strict=True):
        try:
            check_same(one, other)
        except AssertionError as error:
            raise AssertionError(name) from error


def test_classes_that_are_found_nowhere_come_back_as_they_are() -> None:
    class Here(NamedTuple):
        images: Any

    class NotHere(Exception):
        pass

    def collate(samples: list[Any]) -> Any:
        if samples[0] is None:
            raise NotHere("no sample")
        return Here(samples)

    loader = inspector_torch.DataLoader(Odds(("str", "None")), num_workers=1, collate_fn=collate)
    batches = iter(loader)
    assert type(next(batches)) is Here
    with pytest.raises(NotHere, match="no sample"):
        next(batches)
    loader.close()


class Rows:
    """Views of one large tensor; samples are not collated, and have no size that goes apart."""

    def __init__(self, count: int) -> None:
        self.rows = [*torch.arange(count * 8).reshape(count, 8)]

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, i: int) -> Any:
        return self.rows[i]


def test_views_of_a_large_tensor_are_sent_without_it() -> None:
    rows = Rows(30_000)  # 57 GB if each took the whole with it
    sampler = torch_data.SubsetRandomSampler(torch.arange(30_000))
    loader = inspector_torch.DataLoader(rows, batch_size=15_000, num_workers=1, sampler=sampler, collate_fn=as_list)
    found = torch.stack([row for batch in loader for row in batch])
    loader.close()
    assert torch.equal(found[found[:, 0].argsort()], torch.arange(240_000).reshape(-1, 8))

"""Any JSON, for tests of what reads it: as values, and in a place of something that is right."""

import copy
import json
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just(10**30),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | st.just("\udcff"), inner, max_size=3)
    ),
    max_leaves=8,
)
deep_texts = ("[" * 100_000, '{"a":' * 100_000, "[" * 100_000 + "]" * 100_000, "9" * 10_000, "")


@st.composite
def with_something_else(draw: st.DrawFn, right: Any) -> Any:
    """A copy of JSON that is right, with any value in one place of it, or without what is there."""
    changed = copy.deepcopy(json.loads(json.dumps(right)))
    holder, key = draw(st.sampled_from([*_places(changed)]))
    if draw(st.booleans()):
        holder[key] = draw(json_values)
    else:
        del holder[key]
    return changed


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield value, key
        yield from _places(value[key])

"""Single values of pyarrow's, as a person sees them: what is large is left where it lies."""

from typing import Any

from inspector.sources.containers.columns import MOST_TEXT_BYTES, plain

_MOST_COLUMN_BYTES = 1 << 27
_MOST_VALUES = 64  # of a list


def large_columns(file: Any, group: int) -> dict[str, int]:
    """Columns that are too large to unpack only to look at one value: how many bytes this group has of each."""
    about = file.metadata.row_group(group)
    nbytes: dict[str, int] = {}
    for number in range(about.num_columns):
        chunk = about.column(number)
        name = chunk.path_in_schema.partition(".")[0]
        nbytes[name] = nbytes.get(name, 0) + chunk.total_uncompressed_size
    return {name: count for name, count in nbytes.items() if count > _MOST_COLUMN_BYTES}


def value_shown(scalar: Any) -> Any:
    """A text, a number, or a list or mapping of such; long ones are cut before Python has them."""
    import pyarrow

    if not scalar.is_valid:
        return None
    if hasattr(scalar, "as_buffer"):
        content = scalar.as_buffer()
        return f"{content.size:,} bytes" if content.size > MOST_TEXT_BYTES else plain(content.to_pybytes())
    if isinstance(scalar, pyarrow.ListScalar):  # whatever kind of list
        values = scalar.values
        found = [value_shown(each) for each in values[:_MOST_VALUES]]
        return found if len(values) <= _MOST_VALUES else [*found, f"and {len(values) - _MOST_VALUES:,} more"]
    if isinstance(scalar, pyarrow.StructScalar):
        names = [field.name for field in scalar.type][:_MOST_VALUES]
        return {name: value_shown(scalar[number]) for number, name in enumerate(names)}
    return plain(scalar.as_py())

"""Single values of pyarrow's, as a person sees them: what is large is left where it lies."""

from collections.abc import Mapping
from typing import Any

from inspector.outside_json import OutsideJsonError, parsed
from inspector.sources.containers.columns import MOST_TEXT_BYTES, plain

_MOST_COLUMN_BYTES = 1 << 27
_MOST_VALUES = 64  # of a list
_SIZES = ("width", "height")
_DEPTH = 6


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


def annotation_columns(schema: Any) -> list[str]:
    """The columns of lists, structs, texts and whole numbers, if one of them may have shapes; else none."""
    import pyarrow

    kinds = pyarrow.types

    def is_nested(kind: Any) -> bool:
        lists = (kinds.is_list, kinds.is_large_list, kinds.is_fixed_size_list, kinds.is_list_view)
        return any(each(kind) for each in lists) or kinds.is_struct(kind)

    def holds_bytes(kind: Any) -> bool:
        if kinds.is_struct(kind):
            return any(holds_bytes(kind.field(number).type) for number in range(kind.num_fields))
        return bool(kinds.is_binary(kind) or kinds.is_large_binary(kind) or kinds.is_binary_view(kind))

    nested = [field.name for field in schema if is_nested(field.type) and not holds_bytes(field.type)]
    return [*nested, *(name for name in _SIZES if name in schema.names)] if nested else []


def nested_class_names(about: str | bytes) -> dict[str, tuple[str, ...]]:
    """Of each ClassLabel within columns, by the name of its innermost field, what its numbers stand for."""
    found: dict[str, tuple[str, ...]] = {}

    def look(name: str, feature: Any, depth: int) -> None:
        if isinstance(feature, list):
            feature = feature[0] if feature else None
        if not isinstance(feature, dict) or depth > _DEPTH:
            return
        names = feature.get("names")
        if feature.get("_type") == "ClassLabel" and isinstance(names, list):
            found[name] = tuple(map(str, names))
        elif "_type" in feature and "feature" in feature:
            look(name, feature["feature"], depth + 1)
        else:
            for inner, each in feature.items():
                look(inner, each, depth + 1)

    try:
        look("", parsed(about)["info"]["features"], 0)
    except (OutsideJsonError, KeyError, TypeError):
        return {}
    return found


def with_class_names(value: Any, names: Mapping[str, tuple[str, ...]]) -> Any:
    """A row with the names of classes in the place of their numbers; a number that is none of them stays."""

    def named(known: tuple[str, ...], value: Any) -> Any:
        if isinstance(value, list):
            return [named(known, each) for each in value]
        return known[value] if isinstance(value, int) and 0 <= value < len(known) else value

    if not names:
        return value
    if isinstance(value, list):
        return [with_class_names(each, names) if isinstance(each, dict | list) else each for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name: named(names[name], inner) if name in names else with_class_names(inner, names)
        for name, inner in value.items()
    }

"""Which columns of a Parquet file have the image and the label."""

from collections.abc import Callable, Sequence
from typing import Any

from inspector.errors import SourceError
from inspector.sources.containers.blob import Blob
from inspector.sources.containers.columns import HEAD_BYTES, ImageColumns, images_as_text, label_column, missing
from inspector.sources.containers.entry import Choice
from inspector.sources.containers.parquet_file import group_batches

MOST_GROUP_BYTES = 1 << 30  # unpacked
PART = "bytes"  # with the image, in a struct of Hugging Face
_LOOKED_AT = 64  # rows, for which column has the image


def chosen_columns(blob: Blob, file: Any, choice: Choice) -> tuple[str, str | None]:
    """The columns with image and label."""
    import pyarrow

    kinds = pyarrow.types
    names = [str(name) for name in file.schema_arrow.names]

    def holds_bytes(kind: Any) -> bool:
        if kinds.is_dictionary(kind):
            return holds_bytes(kind.value_type)
        return bool(kinds.is_binary(kind) or kinds.is_large_binary(kind) or kinds.is_binary_view(kind))

    able = {}
    for field in file.schema_arrow:
        if kinds.is_struct(field.type):
            part = field.type.get_field_index(PART)
            if part >= 0 and holds_bytes(field.type.field(part).type):
                able[field.name] = True
        elif holds_bytes(field.type):
            able[field.name] = False
    image = choice.image or _likely(file, able)
    if image not in able or names.index(image) > 0xFFF:
        raise _no_images(blob, file, choice, names, holds_bytes)
    if choice.label and choice.label not in names:
        raise missing(blob.location, "column", choice.label, names)
    return image, choice.label or label_column(names)


def _no_images(
    blob: Blob, file: Any, choice: Choice, names: Sequence[str], holds_bytes: Callable[[Any], bool]
) -> SourceError:
    import pyarrow

    kinds = pyarrow.types
    strings = (kinds.is_string, kinds.is_large_string, kinds.is_string_view)
    texts = [
        field.name
        for field in file.schema_arrow
        if any(each(field.type) for each in strings) and choice.image in ("", field.name)
    ]
    if texts and file.num_row_groups:
        rows = next(iter(group_batches(file, 0, texts)), _NOTHING).slice(0, _LOOKED_AT).to_pylist()
        if (wrong := images_as_text(blob.location, (item for row in rows for item in row.items()))) is not None:
            return wrong
    lists = (field for field in file.schema_arrow if kinds.is_list(field.type) or kinds.is_large_list(field.type))
    several = (
        each.name
        for each in lists
        if holds_bytes(each.type.value_type)
        or (kinds.is_struct(each.type.value_type) and each.type.value_type.get_field_index(PART) >= 0)
    )
    return missing(blob.location, "column", choice.image or next(several, ""), names)


def _likely(file: Any, able: dict[str, bool]) -> str:
    candidates, left = ImageColumns(), _LOOKED_AT
    for group in range(file.num_row_groups):
        if not able or left <= 0 or file.metadata.row_group(group).total_byte_size > MOST_GROUP_BYTES:
            break
        wanted = [f"{name}.{PART}" if struct else name for name, struct in able.items()]
        for row in next(iter(group_batches(file, group, wanted)), _NOTHING).slice(0, left).to_pylist():
            for name, value in row.items():
                content = value.get(PART) if isinstance(value, dict) else value
                candidates.add(name, bytes(content or b"")[:HEAD_BYTES])
            left -= 1
    return candidates.best() or next((name for name, struct in able.items() if struct), "")


class _Nothing:
    def slice(self, _start: int, _length: int) -> "_Nothing":
        return self

    def to_pylist(self) -> list[dict[str, Any]]:
        return []


_NOTHING: Any = _Nothing()

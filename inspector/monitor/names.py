"""What marks on the plots call settings and their values."""

from inspector import formatting as fmt

_SETTING_NAMES = {
    "num_workers": "workers", "batch_size": "batch", "prefetch_batches": "prefetch", "step_ms": "step",
    "image_size": "size", "dtype": "type", "on_damaged": "damaged", "deliver_bgr": "BGR",
}  # fmt: skip


def setting_name(setting: str) -> str:
    """A setting's name on a mark of the time axis, which has little room."""
    return _SETTING_NAMES.get(setting, setting)


def setting_value(setting: str, value: object) -> str:
    """A setting's value on such a mark."""
    if setting == "image_size":
        return fmt.image_size(value)  # type: ignore[arg-type]  # a size or None, as it was checked
    if setting == "step_ms":
        return f"{value:g} ms"
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else str(value)

"""A setting as code that can be pasted."""

import math

from inspector.named_code import NamedCode
from inspector.tuner.trials import TrialSetting


def as_loader(setting: TrialSetting, source: str, *, image_size: tuple[int, int] | None = None) -> str:
    """A call of our own `Loader`."""
    code = NamedCode.find(source)
    made = f"{code.name}()" if code is not None else repr(source)
    lines = [f"    {made},", f"    batch_size={setting.batch_size},", f"    num_workers={setting.num_workers},"]
    if setting.engine in ("processes", "threads") and setting.num_workers:
        lines.append(f'    engine="{setting.engine}",')
    lines.append(f"    prefetch_batches={setting.prefetch_batches},")
    if image_size is not None:
        lines.append(f"    image_size={image_size},")
    if setting.decode != "exact":
        lines.append(f'    decode="{setting.decode}",')
    imports = ["from inspector import Loader"]
    if code is not None:
        imports.append(f"from {code.module} import {code.name.partition('.')[0]}")
    return "\n".join([*imports, "", "loader = Loader(", *lines, ")"])


def as_torch(setting: TrialSetting) -> str:
    """A call of PyTorch's DataLoader that comes nearest.

    Its workers each load whole batches and prefetch so many of them each; it knows no prefetch without workers.
    """
    lines = ["    dataset,  # yours", f"    batch_size={setting.batch_size},", "    shuffle=True,"]
    lines.append(f"    num_workers={setting.num_workers},")
    if setting.num_workers:
        factor = prefetch_factor(setting)
        lines.append(f"    prefetch_factor={factor},  # batches that each worker loads ahead")
        lines.append("    persistent_workers=True,  # or every epoch starts them again")
    lines.append("    pin_memory=torch.cuda.is_available(),")
    imports = ["import torch", "from torch.utils.data import DataLoader"]
    return "\n".join([*imports, "", "loader = DataLoader(", *lines, ")"])


def prefetch_factor(setting: TrialSetting) -> int:
    """PyTorch's prefetch, which is counted for each worker, rounded up."""
    return max(1, math.ceil(setting.prefetch_batches / max(1, setting.num_workers)))

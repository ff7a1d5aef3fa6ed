"""How many examples Hypothesis makes up where each starts processes."""

import os


def examples(number: int) -> int:
    """All of them under `sh tests/run.sh --all`, a third else; in every run they are others."""
    return number if "INSPECTOR_ALL_TESTS" in os.environ else number // 3

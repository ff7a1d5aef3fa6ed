"""Calls a function for each sample, in place of loading an image."""

import time
import traceback
from collections.abc import Callable, Sequence
from typing import Any

from inspector.formats.decode import BadFile
from inspector.formats.problems import ProblemKind
from inspector.loader.workers.messages import SampleFault, SampleResult, SampleTask
from inspector.loader.workers.pickling import dumps
from inspector.loader.workers.random_state import OwnGenerator


class FunctionRunner:
    """Its results go to the parent pickled, so that one that cannot be is found out here."""

    generators: Sequence[OwnGenerator] = ()

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self._function = function

    def run(self, task: SampleTask) -> SampleResult:
        """Call the function with the task's item; whatever it raises comes back as a fault."""
        began = time.perf_counter_ns()
        fault, values = None, b""
        try:
            values = dumps(self._function(task.item))
        except BadFile as bad:
            fault = SampleFault(bad.kind, bad.reason, None, bad.detail)
        except MemoryError:
            fault = SampleFault(ProblemKind.TOO_LARGE, "there is not enough memory for it")
        except Exception as error:  # the function may raise anything; it becomes data
            reason = f"loading it raised {type(error).__name__}: {error}"
            fault = SampleFault(ProblemKind.TRANSFORM_FAILED, reason, None, traceback.format_exc())
        return SampleResult(task.sample_id, fault=fault, values=values, stages_ns=(time.perf_counter_ns() - began,))

"""Calls a function for each sample, in place of loading an image."""

import os
import time
from collections.abc import Callable, Sequence
from typing import Any

from inspector.error_texts import in_words, traceback_of
from inspector.errors import StaleIndexError
from inspector.formats.decode import BadFile
from inspector.formats.problems import ProblemKind
from inspector.loader.workers.forks import end_copy
from inspector.loader.workers.messages import SampleFault, SampleResult, SampleTask
from inspector.loader.workers.pickling import dumps
from inspector.loader.workers.random_state import OwnGenerator
from inspector.loader.workers.read_ahead import ReadAhead
from inspector.sources.remote.counts import ReadCounter


class FunctionRunner:
    """Its results go to the parent pickled, so that one that cannot be is found out here."""

    generators: Sequence[OwnGenerator] = ()
    ahead: ReadAhead | None = None
    counter: ReadCounter | None = None

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self._function = function
        self._pid = os.getpid()

    def run(self, task: SampleTask) -> SampleResult:
        """Call the function with the task's item; whatever it raises comes back as a fault."""
        began = time.perf_counter_ns()
        fault, values = None, b""
        try:
            result = self._function(task.item)
            end_copy(self._pid)
            values = dumps(result)
        except SystemExit as error:
            end_copy(self._pid, error)
            raise
        except StaleIndexError as error:
            return SampleResult(task.sample_id, error=error)
        except BadFile as bad:
            fault = SampleFault(bad.kind, bad.reason, None, bad.detail)
        except MemoryError:
            fault = SampleFault(ProblemKind.TOO_LARGE, "there is not enough memory for it")
        except Exception as error:  # the function may raise anything; it becomes data
            end_copy(self._pid, error)
            trace = traceback_of(error, error.__traceback__)
            fault = SampleFault(ProblemKind.TRANSFORM_FAILED, f"loading it raised {in_words(error)}", None, trace)
        return SampleResult(task.sample_id, fault=fault, values=values, stages_ns=(time.perf_counter_ns() - began,))

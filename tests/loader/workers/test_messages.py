"""Tests of the messages: they arrive as they were sent."""

import pickle

import pytest

from inspector.errors import ShapeError
from inspector.formats.problems import ProblemKind
from inspector.loader.workers.messages import LoadSamples, SampleFault, SampleResult, SampleResults, SampleTask
from inspector.loader.workers.pickling import dumps
from inspector.sources.structure import PAIR, ArrayForm, Composition

FORMS = (ArrayForm("|u1", (32, 32, 3)),)
COMPOSITION = Composition(PAIR, ("array", "value"), 0, (0,), FORMS)
TASKS = tuple(SampleTask(n, f"{n}.jpg", 2 * n, 1, 64 * n, 64, None, FORMS, (n,)) for n in range(3))
IMAGE = Composition("array", ("array",), 0, (0,), (ArrayForm("<f4", (7, 9, 3)),))
RESULTS = (
    SampleResult(0, 32, 32, COMPOSITION, values=(3,), stages_ns=(1, 2, 3, 4)),
    SampleResult(1, needs_bytes=5000),
    SampleResult(3, 7, 9, IMAGE),
    SampleResult(4, composition=IMAGE._replace(image=-1)),
    SampleResult(2, fault=SampleFault(ProblemKind.EMPTY, "the file is empty", 0), values=b"pickle"),
)


@pytest.mark.parametrize(
    "message", [LoadSamples(TASKS), LoadSamples(()), SampleResults(RESULTS), SampleResults(RESULTS[:1])]
)
def test_a_message_arrives_as_it_was_sent(message: LoadSamples | SampleResults) -> None:
    arrived = pickle.loads(dumps(message))
    assert arrived == message
    assert type(arrived) is type(message)
    assert [type(each) for each in arrived[0]] == [type(each) for each in message[0]]


def test_an_error_arrives_as_one() -> None:
    (result,) = pickle.loads(dumps(SampleResults((SampleResult(0, error=ShapeError("of two sizes")),)))).results
    assert isinstance(result.error, ShapeError)
    assert str(result.error) == "of two sizes"

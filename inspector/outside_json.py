"""JSON that somebody else may have written: what is wrong with it is one sentence, whatever it is."""

import json
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


class OutsideJsonError(ValueError):
    """It is no JSON, or not what was asked for; the message says what, and names the field."""


def parsed(text: str | bytes) -> Any:
    """The value that JSON stands for. Names of files may be in it that are not Unicode.

    Raises:
        OutsideJsonError: where it is none, or nested too deeply.
    """
    try:
        return json.loads(text)
    except RecursionError as error:
        raise OutsideJsonError("it is nested too deeply") from error
    except ValueError as error:  # no JSON, no text, or a number with too many digits
        raise OutsideJsonError("it is no JSON") from error


def checked(value: object, kind: type[T]) -> T:
    """`value` as `kind`, such as a dataclass: no text passes for a number, and no bool for an int.

    Raises:
        OutsideJsonError: with the name of the field that is wrong.
    """
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        said, _, place = str(error).partition(" - at `$")
        where = place.rstrip("`").lstrip(".")
        raise OutsideJsonError(f"field “{where}”: {said}" if where else said) from error
    except RecursionError as error:
        raise OutsideJsonError("it is nested too deeply") from error
    except UnicodeEncodeError as error:
        raise OutsideJsonError("the name of a field is not Unicode") from error

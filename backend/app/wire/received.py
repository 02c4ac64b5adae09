"""How what a client sends is read: JSON, then pydantic models; every failure is a `RequestError` naming the field."""

from math import isfinite
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError, from_json

from app.errors import RequestError


class Received(BaseModel):
    """A part of a client's message: no type is guessed, unknown fields are passed over."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", hide_input_in_errors=True)


ModelT = TypeVar("ModelT", bound=Received)


def refused(message: str) -> PydanticCustomError:
    """Return the error for a validator to raise: `message` reaches the client as it is."""
    return PydanticCustomError("refused", "{message}", {"message": message})


def _finite(value: Any) -> Any:
    """Refuse the infinity that `1e999` becomes: it could not be passed on as JSON."""
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for child in children:
        _finite(child)
    if isinstance(value, float) and not isfinite(value):
        raise refused("Numbers must be finite.")
    return value


AnyObject = Annotated[dict[str, Any], AfterValidator(_finite)]
"""A JSON object that we keep and echo, or hand on, without looking inside."""


def read_json(text: str) -> object:
    """Parse strictly: no NaN, no half surrogate pairs, nothing deeper than 200, no number of thousands of digits.

    Raises:
        RequestError: `invalid_json`.
    """
    try:
        return from_json(text, allow_inf_nan=False, cache_strings="keys")
    except (ValueError, TypeError) as error:  # TypeError: the text itself holds half a surrogate pair
        raise RequestError(f"The message is not valid JSON: {error}.", code="invalid_json") from None


def check(model: type[ModelT], value: object, param: str = "") -> ModelT:
    """Return `value` as `model`; `param` is where it stands in the message.

    Raises:
        RequestError: with the dotted path of the first field at fault.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise _refusal(error.errors(include_url=False, include_input=False)[0], param) from None


def _refusal(error: ErrorDetails, param: str) -> RequestError:
    for step in error["loc"]:
        param += f"[{step}]" if isinstance(step, int) else f".{step}" if param else step
    return RequestError(f"{param or 'message'}: {error['msg']}", code=_code(error["type"]), param=param or None)


def _code(kind: str) -> str:
    if kind == "missing":
        return "missing_required_parameter"
    if kind == "extra_forbidden":
        return "unknown_parameter"
    return "invalid_type" if kind.endswith("_type") else "invalid_value"

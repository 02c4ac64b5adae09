"""What both mocks of llama-server share: health, the list of models, and the shape of errors."""

import time

from app.mock.exchange import Exchange
from app.mock.service import Route

ERROR_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    404: "not_found_error",
    500: "server_error",
    501: "not_supported_error",
    503: "unavailable_error",
}


def llama_error(status: int, message: str) -> dict[str, object]:
    """The body of an error."""
    return {"error": {"code": status, "message": message, "type": ERROR_TYPES.get(status, "server_error")}}


async def answer_llama_error(exchange: Exchange, status: int, message: str) -> None:
    """Answer with an error."""
    await exchange.reply_json(llama_error(status, message), status)


def health_route() -> Route:
    """`GET /health`: llama-server's and whisper-server's answer, and the confession of being a mock."""

    async def answer(exchange: Exchange) -> None:
        await exchange.reply_json({"status": "ok", "is_mock": True})

    return Route(answer, is_probe=True)


def models_route(model: str) -> Route:
    """`GET /v1/models` with one model, owned by "kaiwa-mock"."""
    card = {"id": model, "object": "model", "created": int(time.time()), "owned_by": "kaiwa-mock", "meta": {}}

    async def answer(exchange: Exchange) -> None:
        await exchange.reply_json({"object": "list", "data": [card], "models": []})

    return Route(answer, is_probe=True)

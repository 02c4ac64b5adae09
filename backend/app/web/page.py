"""The page: what is there beside the routes are files of one folder, which `make page` fills."""

import os
from http import HTTPStatus
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from app.web.access import REALTIME
from app.web.errors import Refused, error_response

FOREVER = "public, max-age=31536000, immutable"
_ASSETS = "assets"  # where each file's name holds the hash of what is in it
_MISSING = "The page has not been built: run `make page`, then load this again.\n"


class Page:
    """An ASGI application. It is no route itself, or it would hide that a method is the wrong one.

    Args:
        folder: where the files lie; it may be filled, or replaced, while we run.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files = _Files(directory=folder, html=True, check_dir=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Show a file."""
        if scope["type"] != "http":
            nothing = Refused(HTTPStatus.NOT_FOUND, f"WebSockets are served at {REALTIME} only.", code="not_found")
            await error_response(nothing)(scope, receive, send)
        elif (self._folder / "index.html").is_file():
            await self._files(scope, receive, send)
        elif self._files.get_path(scope) == ".":
            await PlainTextResponse(_MISSING, HTTPStatus.SERVICE_UNAVAILABLE)(scope, receive, send)
        else:
            raise HTTPException(HTTPStatus.NOT_FOUND)


class _Files(StaticFiles):
    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        if Path(full_path).parent.name == _ASSETS:
            response.headers["Cache-Control"] = FOREVER
        return response

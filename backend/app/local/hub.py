"""Fetches a file from the model hub: passed over when silent, taken up again where it broke off."""

import queue
import threading
from http import HTTPStatus
from pathlib import Path

import httpx

from app.local.progress import Progress

STALL_S = 30.0


class SourceFailed(Exception):  # noqa: N818 - the name says what happened to the source
    """A source cannot give the file; the text completes "passed over, because it ..."."""


def fetch(url: str, part: Path, progress: Progress, answer_s: float) -> None:
    """Bring `part` up to the whole file at `url`; what it holds already is not fetched again.

    Args:
        url: of the whole file.
        part: the unfinished file; it may not exist yet.
        progress: told of every byte; its total is the size of the whole file.
        answer_s: how long the hub may take to begin to answer, name look-up and redirects included.

    Raises:
        SourceFailed: the hub was silent, refused, or broke off without having sent anything new.
        OSError: the disk refused.
    """
    with httpx.Client(follow_redirects=True, timeout=STALL_S) as client:
        while (had := _size(part)) < progress.total:
            try:
                _fetch_on(client, url, part, progress, answer_s)
            except httpx.HTTPError as error:
                # As long as each attempt brings something, the connection is worth taking up again.
                if _size(part) <= had:
                    raise SourceFailed(f"broke off ({type(error).__name__})") from error


def _fetch_on(client: httpx.Client, url: str, part: Path, progress: Progress, answer_s: float) -> None:
    had = _size(part)
    response = _open(client, url, had, answer_s)
    try:
        resumed = response.status_code == HTTPStatus.PARTIAL_CONTENT
        if not resumed and response.status_code != HTTPStatus.OK:
            raise SourceFailed(f"answered {response.status_code}")
        whole = _whole_size(response, resumed=resumed)
        if whole is not None and whole != progress.total:
            raise SourceFailed(f"has a file of {whole} bytes instead of {progress.total}")
        progress.begin(had if resumed else 0)
        with part.open("ab" if resumed else "wb") as file:
            for chunk in response.iter_bytes():
                file.write(chunk)
                progress.add(len(chunk))
                if file.tell() > progress.total:
                    raise SourceFailed("sends more than the file's size")
    finally:
        response.close()


def _open(client: httpx.Client, url: str, had: int, answer_s: float) -> httpx.Response:
    """Return the response once its head has come. A thread asks, because name look-up knows no time limit."""
    answers: queue.SimpleQueue[httpx.Response | httpx.HTTPError] = queue.SimpleQueue()
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={had}-"} if had else {})

    def ask() -> None:
        try:
            answers.put(client.send(client.build_request("GET", url, headers=headers), stream=True))
        except httpx.HTTPError as error:
            answers.put(error)

    threading.Thread(target=ask, daemon=True).start()
    try:
        answer = answers.get(timeout=answer_s)
    except queue.Empty:
        raise SourceFailed(f"did not answer within {answer_s:g} s") from None
    if isinstance(answer, httpx.HTTPError):
        raise SourceFailed(f"cannot be reached ({type(answer).__name__})") from answer
    return answer


def _whole_size(response: httpx.Response, *, resumed: bool) -> int | None:
    if resumed:
        whole = response.headers.get("content-range", "").rpartition("/")[2]
    else:
        whole = response.headers.get("content-length", "")
    return int(whole) if whole.isdigit() else None


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0

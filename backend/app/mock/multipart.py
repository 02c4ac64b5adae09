"""The parts of a multipart/form-data body, by name: a few searches instead of a parser, as hundreds come per second."""

import re

BOUNDARY = re.compile(r'boundary="?([^";]+)"?', re.IGNORECASE)
NAME = re.compile(rb'[;\s]name="([^"]*)"')


def read_fields(content_type: str, body: bytes) -> dict[str, bytes]:
    """Name -> content; file names and types of parts are not needed here. Raises ValueError."""
    boundary = BOUNDARY.search(content_type)
    if not content_type.startswith("multipart/form-data") or boundary is None:
        raise ValueError("not multipart/form-data with a boundary")
    fields: dict[str, bytes] = {}
    for part in (b"\r\n" + body).split(b"\r\n--" + boundary[1].encode("latin-1"))[1:]:
        if part.startswith(b"--"):
            return fields
        head, _, content = part.partition(b"\r\n\r\n")
        name = NAME.search(head)
        if name is None:
            raise ValueError("a part without a name")
        fields[name[1].decode()] = content
    raise ValueError("the body ends before its last boundary")

"""Any refusal as a problem document (RFC 9457)."""

import re
from collections.abc import Iterable
from http import HTTPStatus

from uuid_utils.compat import uuid7

SANE_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")


def problem(
    status: int, code: str, detail: str, request_id: str, errors: list[object] | None = None, **members: object
) -> dict[str, object]:
    """The members of a problem; `code` is stable, `title` is the status in words (RFC 9457, section 3.1)."""
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": request_id,
        "errors": errors or [],
        **members,
    }


def request_id(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The one `X-Request-ID` the client sent, if it is sane, else a new one: it goes into logs and answers."""
    sent = [value for name, value in headers if name == b"x-request-id"]
    if len(sent) == 1 and SANE_REQUEST_ID.fullmatch(sent[0]):
        return sent[0].decode("ascii")
    return uuid7().hex

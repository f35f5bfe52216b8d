"""Limits on the head and the framing of a request. They apply while it arrives, before Django parses any of it."""

import re
from collections.abc import Sequence

# Bytes of one field line: name, colon, value and line break.
FIELD_LINE_LIMIT = 8 * 1024
# Bytes of the request target: path and query.
TARGET_LIMIT = 16 * 1024
# Bytes of all field lines and the target, and the number of field lines.
HEAD_LIMIT = 64 * 1024
FIELD_COUNT_LIMIT = 100
# Bytes of the value. Django's parser of this header takes quadratic time.
CONTENT_TYPE_LIMIT = 256
# Backslashes in a Cookie header. Python's parser takes quadratic time for escapes (CVE-2024-7592).
COOKIE_ESCAPE_LIMIT = 100
# Parameters in the query. Django logs a traceback for more than it accepts.
PARAMETER_LIMIT = 200
# Bytes of chunk headers and trailers in excess of the bytes of the body. Each chunk costs time, however short it is.
FRAMING_LIMIT = 64 * 1024
# Fields that a request may have only once, besides Host. Django would join two values with a comma.
SINGLE_FIELDS = ((b"content-type", "Content-Type"), (b"authorization", "Authorization"))
# The colon, one space and the line break of a field line.
FIELD_LINE_OVERHEAD = 4
AUTHORITY_END = re.compile(rb"[/?#]")


class RequestRejected(Exception):
    """This server does not accept the request, although the parser may."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail


class RequestSize:
    """Counts the bytes of the request that is arriving. Each `add` method raises `RequestRejected` at its limit."""

    def __init__(self) -> None:
        # Bytes since the last complete field line, or part of the target or body.
        self.pending = 0
        # Chunk headers and trailers, less the bytes of the body.
        self.framing = 0
        self.is_in_body = False
        self.begin()

    def begin(self) -> None:
        self.target = self.fields = self.head = 0

    def add_received(self, size: int) -> None:
        """Count bytes that the parser gets next."""
        if self.pending > FIELD_LINE_LIMIT:
            raise field_too_large()
        if self.framing > FRAMING_LIMIT:
            raise malformed("The chunks of the body are too short, or their headers too long.")
        self.pending += size
        if self.is_in_body:
            self.framing += size

    def add_target(self, size: int) -> None:
        self.pending = 0
        self.target += size
        self.head += size
        if self.target > TARGET_LIMIT:
            raise RequestRejected(414, "uri_too_long", f"The URL may have at most {TARGET_LIMIT} bytes.")

    def add_field(self, name: bytes, value: bytes) -> None:
        size = len(name) + len(value) + FIELD_LINE_OVERHEAD
        # A shorter field is within all limits.
        if size > COOKIE_ESCAPE_LIMIT:
            check_long_field(name, value)
        self.pending = 0
        self.fields += 1
        self.head += size
        if self.fields > FIELD_COUNT_LIMIT:
            detail = f"A request may have at most {FIELD_COUNT_LIMIT} header fields."
            raise RequestRejected(431, "headers_too_large", detail)
        if self.head > HEAD_LIMIT:
            raise RequestRejected(431, "headers_too_large", f"All headers may have at most {HEAD_LIMIT} bytes.")

    def end_head(self) -> None:
        self.pending = self.framing = 0
        self.is_in_body = True

    def add_body(self, size: int) -> None:
        self.pending = 0
        # The bytes of the body were counted as received too.
        self.framing = max(0, self.framing - 2 * size)

    def end_body(self) -> None:
        self.pending = self.framing = 0
        self.is_in_body = False


def check_long_field(name: bytes, value: bytes) -> None:
    """Raise `RequestRejected` (431) if the field line is too long, or too costly to parse."""
    if len(name) + len(value) + FIELD_LINE_OVERHEAD > FIELD_LINE_LIMIT:
        raise field_too_large()
    if len(value) > CONTENT_TYPE_LIMIT and name.lower() == b"content-type":
        detail = f"The Content-Type header may have at most {CONTENT_TYPE_LIMIT} bytes."
        raise RequestRejected(431, "headers_too_large", detail)
    if value.count(b"\\") > COOKIE_ESCAPE_LIMIT and name.lower() == b"cookie":
        detail = f"The Cookie header may have at most {COOKIE_ESCAPE_LIMIT} backslashes."
        raise RequestRejected(431, "headers_too_large", detail)


def field_too_large() -> RequestRejected:
    return RequestRejected(431, "headers_too_large", f"One header may have at most {FIELD_LINE_LIMIT} bytes.")


def malformed(detail: str) -> RequestRejected:
    return RequestRejected(400, "malformed_request", detail)


def check_target(target: bytes) -> None:
    """Raise `RequestRejected` (400) if the query has too many parameters."""
    if target.count(b"&") >= PARAMETER_LIMIT:
        raise RequestRejected(400, "bad_request", f"The URL may have at most {PARAMETER_LIMIT} parameters.")


def find_host(target: bytes, headers: Sequence[tuple[bytes, bytes]]) -> bytes | None:
    """Return the host in a request target that is not a path, unless the Host header names it.

    Raises `RequestRejected` (400) if the header names another host. Both this server and a cache before it would
    otherwise have to know which of them counts (RFC 9112, section 3.2.2).
    """
    if target == b"*":
        return None
    scheme, separator, rest = target.partition(b"://")
    host = AUTHORITY_END.split(rest, maxsplit=1)[0]
    if not separator or not host or scheme.lower() not in (b"http", b"https"):
        raise malformed("The request target must be a path or an http:// address.")
    named = [value.strip() for name, value in headers if name == b"host"]
    if named and named[0].lower() != host.lower():
        raise malformed("The request target and the Host header must name the same host.")
    return None if named else host


def check_head(method: bytes, version: str, headers: Sequence[tuple[bytes, bytes]]) -> None:
    """Raise `RequestRejected` (400) for a complete head that the parser accepts but RFC 9110 and 9112 do not."""
    if method == b"CONNECT":
        raise malformed("CONNECT is not supported.")
    # The parser reads a request line without a version as HTTP/0.9.
    if version not in ("1.0", "1.1"):
        raise malformed("The only supported versions are HTTP/1.1 and HTTP/1.0.")
    names = [name for name, _ in headers]
    # RFC 9112, section 3.2
    if names.count(b"host") != 1 and (version == "1.1" or b"host" in names):
        raise malformed("The request must have one Host header.")
    for name, title in SINGLE_FIELDS:
        if names.count(name) > 1:
            raise malformed(f"The request must not have more than one {title} header.")
    # RFC 9112, section 6.1. The parser accepts any list that ends in `chunked`, and accepts it in HTTP/1.0 too.
    encodings = [value.strip().lower() for name, value in headers if name == b"transfer-encoding"]
    if encodings and (encodings != [b"chunked"] or version != "1.1"):
        raise malformed("The only supported transfer encoding is chunked, in HTTP/1.1.")

"""Static files. WhiteNoise serves them from the packages that contain them, compressed and with long lifetimes.

There is no `collectstatic`: a start cannot forget it, and an upgrade leaves no old files behind. A worker compresses a
file when it is first requested and keeps the result in memory.
"""

import gzip
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any
from wsgiref.headers import Headers

from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import Response, StaticFile

from notes_api.rest.conditional import includes_etag
from notes_api.rest.decorators import read_only
from notes_api.server.static_storage import PrefixedStorage

HASHED = re.compile(r"(?P<stem>.+)\.[0-9a-f]{12}(?P<suffix>\.\w+)")
COMPRESSIBLE = (".css", ".js", ".map", ".svg", ".txt")
# `gzip` with any weight but zero (RFC 9110, section 12.5.3).
ACCEPTS_GZIP = re.compile(r"(?:^|,)\s*gzip\s*(?:;\s*q=(?:1(?:\.0*)?|0?\.\d*[1-9]\d*)\s*)?(?:,|$)", re.IGNORECASE)


class HashedStorage(PrefixedStorage):
    """Adds a hash of its content to the name of each file, so that browsers never need to ask for it again."""

    def url(self, name: str | None) -> str:
        return super().url(add_hash(name or ""))


@lru_cache(maxsize=1000)
def add_hash(name: str) -> str:
    """Return `notes_api/pages.0123456789ab.css` for `notes_api/pages.css`. An unknown name is returned unchanged."""
    path = finders.find(name)
    if path is None or not Path(path).is_file():
        return name
    stem, dot, suffix = name.rpartition(".")
    return f"{stem}.{sha256(Path(path).read_bytes()).hexdigest()[:12]}{dot}{suffix}"


@lru_cache(maxsize=100)
def compress(path: str) -> bytes:
    return gzip.compress(Path(path).read_bytes(), mtime=0)


class WholeFile:
    """A file that is sent whole, and compressed to clients that accept it.

    Both representations have a strong ETag of their own (RFC 9110, section 8.8.3.3). `Range` and `If-Range` are
    ignored: the files are small, and half a style sheet is of no use.
    """

    def __init__(self, path: str, original: StaticFile) -> None:
        self.path = path
        self.original = original
        self.is_compressible = path.endswith(COMPRESSIBLE)

    def get_response(self, method: str, request_headers: Mapping[str, Any]) -> Response:  # Any: as in WSGI
        is_compressed = self.is_compressible and accepts_gzip(request_headers)
        etag = f'{self.original.etag[:-1]}-gzip"' if is_compressed else self.original.etag
        response = self.original.get_response(method, self.conditions(request_headers, etag))
        headers = Headers(list(response.headers))
        if "ETag" in headers:
            headers["ETag"] = etag
        if response.status != 200 or not is_compressed:
            return Response(response.status, headers.items(), response.file)
        content = compress(self.path)
        headers["Content-Length"], headers["Content-Encoding"] = str(len(content)), "gzip"
        if response.file is None:
            return Response(response.status, headers.items(), None)
        response.file.close()
        return Response(response.status, headers.items(), BytesIO(content))

    def conditions(self, request_headers: Mapping[str, Any], etag: str) -> dict[str, str]:  # Any: as above
        """Return what decides between 200 and 304. WhiteNoise compares `If-None-Match` with the tag of the original."""
        if (tags := request_headers.get("HTTP_IF_NONE_MATCH")) is not None:
            return {"HTTP_IF_NONE_MATCH": self.original.etag if includes_etag(tags, etag) else ""}
        since = request_headers.get("HTTP_IF_MODIFIED_SINCE")
        return {} if since is None else {"HTTP_IF_MODIFIED_SINCE": since}


def accepts_gzip(request_headers: Mapping[str, Any]) -> bool:  # Any: as above
    return ACCEPTS_GZIP.search(request_headers.get("HTTP_ACCEPT_ENCODING", "")) is not None


@read_only
def serve_file(request: HttpRequest, static_file: WholeFile) -> HttpResponse:
    """Serve the file to GET and HEAD. WhiteNoise refuses other methods without a problem."""
    response: HttpResponse = WhiteNoiseMiddleware.serve(static_file, request)
    return response


class StaticFilesMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc]  # WhiteNoise has no types
    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        url = request.path_info
        if url.startswith(self.static_prefix) and url not in self.files:
            file = self.find_file(url)
            if file is not None:
                self.files[url] = file
        response: HttpResponseBase = super().__call__(request)
        return response

    def add_files_from_finders(self) -> None:
        """Add no files yet. Reading all of them would delay every start."""

    def candidate_paths_for_url(self, url: str) -> Iterator[str]:
        """Also find a file under the name with the hash of its content, but not with any other hash."""
        match = HASHED.fullmatch(url)
        plain = "".join(match.groups()) if match else url
        if plain != url and self.static_prefix + add_hash(plain.removeprefix(self.static_prefix)) != url:
            return iter(())
        paths: Iterator[str] = super().candidate_paths_for_url(plain)
        return paths

    def serve(self, static_file: WholeFile, request: HttpRequest) -> HttpResponse:
        return serve_file(request, static_file=static_file)

    def get_static_file(self, path: str, url: str, stat_cache: Any = None) -> WholeFile:
        return WholeFile(path, super().get_static_file(path, url, stat_cache))

    def add_cache_headers(self, headers: Headers, path: str, url: str) -> None:
        super().add_cache_headers(headers, path, url)
        if path.endswith(COMPRESSIBLE):
            headers["Vary"] = "Accept-Encoding"

    def immutable_file_test(self, path: str, url: str) -> bool:
        return HASHED.fullmatch(url) is not None

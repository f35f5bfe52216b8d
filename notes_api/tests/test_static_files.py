"""The files of the pages are compressed, and browsers keep those whose name has a hash."""

import gzip
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

PLAIN = "/static/notes_api/pages.css"
CONTENT = Path(finders.find("notes_api/pages.css")).read_bytes()
IMMUTABLE = "max-age=315360000, public, immutable"


def body(response):
    return b"".join(response.streaming_content)


def fetch(client, address, **headers):
    """Return the response without reading the file."""
    response = client.get(address, **headers)
    response.close()
    return response


@pytest.fixture
def hashed(client):
    """The address of the style sheet as the documentation has it."""
    return re.search(r"/static/notes_api/pages\.[0-9a-f]{12}\.css", client.get("/docs").content.decode()).group()


def test_browsers_keep_a_file_whose_name_has_a_hash(client, hashed):
    response = client.get(hashed)

    assert body(response) == CONTENT
    assert response.headers["Content-Type"] == 'text/css; charset="utf-8"'
    assert response.headers["Cache-Control"] == IMMUTABLE


def test_the_name_without_a_hash_stays_valid_for_an_hour(client):
    response = client.get(PLAIN)

    assert body(response) == CONTENT
    assert response.headers["Cache-Control"] == "max-age=3600, public"


@pytest.mark.parametrize(
    "address",
    [
        "/static/notes_api/pages.000000000000.css",
        "/static/notes_api/nothing.000000000000.css",
        "/elsewhere/notes_api/pages.000000000000.css",
        "/static/../notes_api/settings.000000000000.py",
    ],
)
def test_no_file_has_another_hash(client, address):
    assert fetch(client, address).status_code == 404


@pytest.mark.parametrize("accepted", ["gzip", "gzip, deflate, br", "br, GZIP", "br;q=1.0, gzip;q=0.5", "gzip ; q=1"])
def test_a_client_that_accepts_gzip_gets_it(client, hashed, accepted):
    response = client.get(hashed, HTTP_ACCEPT_ENCODING=accepted)
    content = body(response)

    assert gzip.decompress(content) == CONTENT
    assert response.headers["Content-Encoding"] == "gzip"
    assert response.headers["Content-Length"] == str(len(content))
    assert response.headers["Vary"] == "Accept-Encoding"
    assert response.headers["Cache-Control"] == IMMUTABLE


@pytest.mark.parametrize("accepted", ["", "br", "gzip;q=0", "gzip;q=0.0, br", "identity", "x-gzip2", "gzip;q=x"])
def test_any_other_client_gets_the_file_as_it_is(client, hashed, accepted):
    response = client.get(hashed, HTTP_ACCEPT_ENCODING=accepted)

    assert body(response) == CONTENT
    assert "Content-Encoding" not in response.headers
    assert response.headers["Vary"] == "Accept-Encoding"


def test_head_gets_the_headers_of_the_compressed_file(client, hashed):
    expected = fetch(client, hashed, HTTP_ACCEPT_ENCODING="gzip")
    response = client.head(hashed, HTTP_ACCEPT_ENCODING="gzip")

    assert response.headers["Content-Length"] == expected.headers["Content-Length"]
    assert body(response) == b""


def test_a_range_is_a_part_of_the_original(client, hashed):
    response = client.get(hashed, HTTP_ACCEPT_ENCODING="gzip", HTTP_RANGE="bytes=0-9")

    assert response.status_code == 206
    assert body(response) == CONTENT[:10]


def test_a_file_that_has_not_changed_is_not_sent_again(client, hashed):
    etag = fetch(client, hashed).headers["ETag"]
    response = fetch(client, hashed, HTTP_ACCEPT_ENCODING="gzip", HTTP_IF_NONE_MATCH=etag)

    assert response.status_code == 304
    assert response.headers["Cache-Control"] == IMMUTABLE


def test_a_compressed_format_is_not_compressed_again(client):
    response = client.get(
        "/static/drf_spectacular_sidecar/swagger-ui-dist/favicon-32x32.png", HTTP_ACCEPT_ENCODING="gzip"
    )

    assert body(response).startswith(b"\x89PNG")
    assert "Content-Encoding" not in response.headers


def test_the_admin_loads_files_with_hashes(client):
    found = re.findall(r'(?:src|href)="(/static/[^"]*)"', client.get("/admin/login/").content.decode())

    assert len(found) > 3
    assert [address for address in found if fetch(client, address).headers["Cache-Control"] != IMMUTABLE] == []

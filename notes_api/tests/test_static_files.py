"""The files of the pages are compressed, and browsers keep those whose name has a hash."""

import gzip
import itertools
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

PLAIN = "/static/notes_api/pages.css"
ICON = "/static/drf_spectacular_sidecar/swagger-ui-dist/favicon-32x32.png"
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


@pytest.mark.parametrize("accepted", ["gzip, deflate, br", "br;q=1.0, GZIP;q=0.5", "gzip ; q=1"])
def test_a_client_that_accepts_gzip_gets_it(client, hashed, accepted):
    response = client.get(hashed, HTTP_ACCEPT_ENCODING=accepted)
    content = body(response)

    assert gzip.decompress(content) == CONTENT
    assert response.headers["Content-Encoding"] == "gzip"
    assert response.headers["Content-Length"] == str(len(content))
    assert response.headers["Vary"] == "Accept-Encoding"
    assert response.headers["Cache-Control"] == IMMUTABLE


def test_any_other_client_gets_the_file_as_it_is(client, hashed):
    accepted = ["", "br", "gzip;q=0", "gzip;q=0.0, br", "identity", "x-gzip2", "gzip;q=x"]

    responses = {each: client.get(hashed, HTTP_ACCEPT_ENCODING=each) for each in accepted}

    assert [each for each, response in responses.items() if body(response) != CONTENT] == []
    assert [each for each, response in responses.items() if "Content-Encoding" in response.headers] == []
    assert {response.headers["Vary"] for response in responses.values()} == {"Accept-Encoding"}


def test_head_gets_the_headers_of_the_compressed_file(client, hashed):
    expected = fetch(client, hashed, HTTP_ACCEPT_ENCODING="gzip")
    response = client.head(hashed, HTTP_ACCEPT_ENCODING="gzip")

    assert response.headers["Content-Length"] == expected.headers["Content-Length"]
    assert body(response) == b""


PARTS = ["bytes=0-0", "bytes=0-9", "bytes=-5", "bytes=99999999-", "bytes=5-2", "lines=1-2"]


@pytest.mark.parametrize("address", [PLAIN, ICON])
@pytest.mark.parametrize("accepted", ["", "gzip"])
def test_a_file_is_always_sent_whole(client, address, accepted):
    """A server may ignore `Range` (RFC 9110, section 14.2), and then `If-Range` too."""
    whole = client.get(address, HTTP_ACCEPT_ENCODING=accepted)
    validators = [None, '"outdated"', 'W/"weak"', "Mon, 05 Jan 2026 09:00:00 GMT", whole.headers["ETag"]]
    conditions = {each: {} if each is None else {"HTTP_IF_RANGE": each} for each in validators}

    responses = {
        (part, each): client.get(address, HTTP_ACCEPT_ENCODING=accepted, HTTP_RANGE=part, **conditions[each])
        for part in PARTS
        for each in validators
    }

    assert [sent for sent, response in responses.items() if response.status_code != 200] == []
    assert [sent for sent, response in responses.items() if "Content-Range" in response.headers] == []
    content = body(whole)
    assert [sent for sent, response in responses.items() if body(response) != content] == []


def test_each_representation_has_a_strong_tag_of_its_own(client, hashed):
    tags = [fetch(client, hashed, HTTP_ACCEPT_ENCODING=accepted).headers["ETag"] for accepted in ("", "gzip")]

    assert tags[0] != tags[1]
    assert all(re.fullmatch(r'"[0-9a-f-]+(-gzip)?"', tag) for tag in tags)


def test_a_file_that_has_not_changed_is_not_sent_again(client, hashed, subtests):
    for accepted, (method, sent) in itertools.product(
        ["", "gzip"], [("get", "{}"), ("head", "{}"), ("get", "W/{}"), ("get", '"a", {}, "b"'), ("get", "*")]
    ):
        with subtests.test(accepted=accepted, method=method, sent=sent):
            etag = fetch(client, hashed, HTTP_ACCEPT_ENCODING=accepted).headers["ETag"]
            response = getattr(client, method)(
                hashed, HTTP_ACCEPT_ENCODING=accepted, HTTP_IF_NONE_MATCH=sent.format(etag), HTTP_RANGE="bytes=0-9"
            )

            assert (response.status_code, body(response)) == (304, b"")
            assert response.headers["ETag"] == etag
            assert response.headers["Cache-Control"] == IMMUTABLE
            assert response.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize(("stored", "accepted"), [("", "gzip"), ("gzip", "")])
def test_a_client_that_has_the_other_representation_gets_this_one(client, hashed, stored, accepted):
    etag = fetch(client, hashed, HTTP_ACCEPT_ENCODING=stored).headers["ETag"]
    response = fetch(client, hashed, HTTP_ACCEPT_ENCODING=accepted, HTTP_IF_NONE_MATCH=etag)

    assert response.status_code == 200


@pytest.mark.parametrize("accepted", ["", "gzip"])
def test_the_time_of_a_file_decides_only_without_a_tag(client, hashed, accepted):
    modified = fetch(client, hashed).headers["Last-Modified"]
    by_time = fetch(client, hashed, HTTP_ACCEPT_ENCODING=accepted, HTTP_IF_MODIFIED_SINCE=modified)
    by_tag = fetch(
        client, hashed, HTTP_ACCEPT_ENCODING=accepted, HTTP_IF_MODIFIED_SINCE=modified, HTTP_IF_NONE_MATCH='"old"'
    )

    assert (by_time.status_code, by_tag.status_code) == (304, 200)


def test_a_compressed_format_is_not_compressed_again(client):
    response = client.get(ICON, HTTP_ACCEPT_ENCODING="gzip")

    assert body(response).startswith(b"\x89PNG")
    assert "Content-Encoding" not in response.headers


def test_the_admin_loads_files_with_hashes(client):
    found = re.findall(r'(?:src|href)="(/static/[^"]*)"', client.get("/admin/login/").content.decode())

    assert len(found) > 3
    assert [address for address in found if fetch(client, address).headers["Cache-Control"] != IMMUTABLE] == []

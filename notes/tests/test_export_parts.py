"""Archives of large accounts are fetched in parts: Range and If-Range (RFC 9110, section 14)."""

import pytest

from notes.models.stored_file import CHUNK_BYTES
from notes.tests.exports import make_ready, read, three_chunks


@pytest.fixture
def phone(as_user, alice):
    return as_user(alice)


RANGES = [
    ("bytes=0-9", 0, 10),
    (f"bytes={CHUNK_BYTES - 1}-{CHUNK_BYTES}", CHUNK_BYTES - 1, CHUNK_BYTES + 1),
    (f"bytes={CHUNK_BYTES}-", CHUNK_BYTES, None),
    ("bytes=-3", -3, None),
    ("bytes = 2 - 99999999999", 2, None),
    ("bytes=-99999999999", 0, None),
]


def test_a_part_of_an_archive_can_be_fetched(phone, alice, subtests):
    for header, start, end in RANGES:
        with subtests.test(header=header, start=start, end=end):
            data = three_chunks()
            export = make_ready(owner=alice, data=data)

            response = phone.get(f"/exports/{export.pk}", headers={"Range": header})

            assert (response.status_code, read(response)) == (206, data[start:end])
            first = start if start >= 0 else len(data) + start
            assert response.headers["Content-Range"] == f"bytes {first}-{(end or len(data)) - 1}/{len(data)}"


def test_any_other_range_gets_the_whole(phone, alice, subtests):
    for header in ["", "bytes=0-1,3-4", "bytes=5-2", "bytes=-", "lines=1-2", "bytes=x-", "bytes=1-" + "9" * 99]:
        with subtests.test(header=header):
            export = make_ready(owner=alice)

            response = phone.get(f"/exports/{export.pk}", headers={"Range": header})

            assert (response.status_code, read(response), response.headers["Accept-Ranges"]) == (200, b"Milk", "bytes")


def test_a_part_belongs_to_the_archive_with_its_tag(phone, alice):
    address = f"/exports/{make_ready(owner=alice).pk}"
    etag = phone.get(address).headers["ETag"]

    same, other = (phone.get(address, headers={"Range": "bytes=1-2", "If-Range": tag}) for tag in (etag, '"other"'))

    assert (same.status_code, read(same), same.headers["ETag"]) == (206, b"il", etag)
    assert (other.status_code, read(other)) == (200, b"Milk")


@pytest.mark.parametrize("header", ["bytes=4-", "bytes=99-100", "bytes=-0"])
def test_a_range_outside_of_the_archive_is_416(phone, alice, header):
    export = make_ready(owner=alice)

    response = phone.get(f"/exports/{export.pk}", headers={"Range": header})

    assert (response.status_code, response.headers["Content-Range"]) == (416, "bytes */4")

"""ETag, If-Match and If-None-Match on a note."""

import itertools

import pytest

from notes.models import Note
from notes.tests.factories import clock_of, make_note
from notes_api.rest.conditional import includes_etag, strong_etag

WRITES = ["PUT", "PATCH", "DELETE"]
# Proxies weaken a tag, some clients drop its quotes, and a list or * may name it.
NAMES_VERSION_1 = ['"1"', 'W/"1"', "1", "W/1", '"9", "1"', '"9","1"', '"9" , W/"1" ', "9, 1", "*", ' "1" ', ' "1",']
NAMES_ANOTHER = [
    '"2"',
    'W/"2"',
    "2",
    '"11"',
    '"1.0"',
    "",
    '""',
    '"9", "8"',
    "nonsense",
    '"1',
    '1"',
    'x"1"',
    '"9" "1"',
    "W/*",
    '"*"',
    "01",
]


@pytest.fixture
def note(alice):
    """A note of version 1."""
    return make_note(owner=alice, title="Milk")


def send(client, method, note, headers, body='{"title": "Bread"}'):
    return client.generic(method, f"/notes/{note.pk}", body, content_type="application/json", headers=headers)


def title_of(note):
    return Note.objects.active().values_list("title", flat=True).filter(pk=note.pk).first()


def test_the_etag_is_the_version(as_user, alice, note):
    response = as_user(alice).get(f"/notes/{note.pk}")

    assert response.headers["ETag"] == f'"{response.json()["version"]}"' == '"1"'


def test_a_header_names_a_version_with_or_without_quotes_and_weakness():
    assert [header for header in NAMES_VERSION_1 if not includes_etag(header, strong_etag(1))] == []
    assert [header for header in NAMES_ANOTHER if includes_etag(header, strong_etag(1))] == []


@pytest.mark.parametrize("header", ['"1"', 'W/"1"', '"9", "1"', "*"])
def test_a_known_version_is_not_sent_again(as_user, alice, note, header):
    response = as_user(alice).get(f"/notes/{note.pk}", headers={"If-None-Match": header})

    assert response.status_code == 304
    assert response.content == b""
    assert response.headers["ETag"] == '"1"'


@pytest.mark.parametrize("header", ['"2"', "", "nonsense"])
def test_an_unknown_version_is_sent(as_user, alice, note, header):
    response = as_user(alice).get(f"/notes/{note.pk}", headers={"If-None-Match": header})

    assert response.status_code == 200


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize("header", ['"1"', "W/1", '"9", "1"', "*"])
def test_a_write_to_the_current_version_succeeds(as_user, alice, note, method, header):
    response = send(as_user(alice), method, note, {"If-Match": header})

    assert response.status_code in (200, 204)
    assert title_of(note) != "Milk"


def test_a_write_to_another_version_changes_nothing(as_user, alice, note, subtests):
    for method, header in itertools.product(WRITES, ['"2"', "", '"1']):
        with subtests.test(method=method, header=header):
            response = send(as_user(alice), method, note, {"If-Match": header})

            assert response.status_code == 412
            assert title_of(note) == "Milk"
            assert clock_of(alice) == 1


@pytest.mark.parametrize("method", WRITES)
def test_a_failed_precondition_returns_the_current_note(as_user, alice, note, method):
    client = as_user(alice)

    response = send(client, method, note, {"If-Match": '"7"', "X-Request-ID": "42"})

    assert response.headers["ETag"] == '"1"'
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json() == {
        "type": "about:blank",
        "title": "Precondition Failed",
        "status": 412,
        "detail": "The precondition failed; `current` is the present state.",
        "code": "precondition_failed",
        "request_id": "42",
        "errors": [],
        "current": client.get(f"/notes/{note.pk}").json(),
    }


def test_of_two_writes_to_one_version_the_second_fails(as_user, alice, note):
    client = as_user(alice)
    client.put(f"/notes/{note.pk}", {"title": "Bread"}, headers={"If-Match": '"1"'})

    response = client.put(f"/notes/{note.pk}", {"title": "Jam"}, headers={"If-Match": '"1"'})

    assert response.status_code == 412
    assert title_of(note) == "Bread"


def test_a_write_returns_the_etag_for_the_next_write(as_user, alice, note):
    client = as_user(alice)
    etag = client.put(f"/notes/{note.pk}", {"title": "Bread"}).headers["ETag"]

    assert client.put(f"/notes/{note.pk}", {"title": "Jam"}, headers={"If-Match": etag}).status_code == 200


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
@pytest.mark.parametrize("header", ["*", '"1"'])
def test_if_none_match_guards_a_write_too(as_user, alice, note, method, header):
    response = send(as_user(alice), method, note, {"If-None-Match": header})

    assert response.status_code == 412
    assert title_of(note) == "Milk"


@pytest.mark.parametrize("method", WRITES)
def test_a_precondition_tells_a_stranger_nothing(as_user, note, mallory, method):
    response = send(as_user(mallory), method, note, {"If-Match": '"7"'})

    assert response.status_code == 404
    assert "ETag" not in response.headers


def test_if_none_match_tells_a_stranger_nothing(as_user, note, mallory):
    response = as_user(mallory).get(f"/notes/{note.pk}", headers={"If-None-Match": "*"})

    assert response.status_code == 404

"""MAX_BYTES_PER_USER: how much an account can keep, to the byte."""

import pytest

from notes.models import Note, StoredAnswer
from notes.tests.factories import clock_of, make_note
from notes.tests.quotas import counted, full, kept, phone

__all__ = ["full", "phone"]

OWN = "/notes/01939f5e-0000-7c40-8e1b-000000000001"
ABSENT = {"If-None-Match": "*"}
FULL = (507, "quota_exceeded")


def status_and_code(response):
    return response.status_code, response.json()["code"]


def test_an_account_can_keep_as_much_as_its_quota(phone):
    assert phone.post("/notes", {"title": "a", "content": "b" * 99}).status_code == 201


def test_one_byte_over_the_quota_returns_507(phone, alice):
    response = phone.post("/notes", {"title": "a", "content": "b" * 100})

    assert status_and_code(response) == FULL
    assert response.headers["Content-Type"] == "application/problem+json"
    assert (Note.objects.count(), clock_of(alice)) == (0, 0)


def test_a_full_account_is_not_logged_as_an_error(phone, caplog):
    phone.post("/notes", {"title": "a", "content": "b" * 100})

    assert [record.levelname for record in caplog.records] == ["INFO"]


@pytest.mark.parametrize("values", [{"title": "ä" * 51}, {"title": "a", "tags": ["b" * 50, "ü" * 25]}])
def test_the_quota_counts_utf_8_bytes_including_tags(phone, values):
    assert status_and_code(phone.post("/notes", values)) == FULL


GROWING = [
    ("post", "/notes", {"title": "e"}),
    ("put", OWN, {"title": "e"}),
    ("put", "/notes/{id}", {"title": "a" * 10, "content": "c" * 41}),
    ("patch", "/notes/{id}", {"content": "c" * 41}),
    ("patch", "/notes/{id}", {"tags": ["e"]}),
    ("post", "/notes/{id}/append", {"text": "e"}),
    ("post", "/notes/{id}/edit", {"edits": [{"old": "c" * 40, "new": "e" * 41}]}),
]


def test_a_full_account_cannot_grow(phone, full, alice, subtests):
    for method, path, body in GROWING:
        with subtests.test(method=method, path=path, body=body):
            headers = ABSENT if path == OWN else {}

            response = getattr(phone, method)(path.replace("{id}", str(full.pk)), body, headers=headers)

            assert status_and_code(response) == FULL
            assert (kept(alice), clock_of(alice)) == (100, 3)


def test_restoring_a_longer_revision_counts_as_growth(phone, full, settings):
    full.change({"content": ""})
    settings.MAX_BYTES_PER_USER = 10

    assert status_and_code(phone.post(f"/notes/{full.pk}/revisions/2/restore")) == FULL


def test_renaming_a_tag_to_a_longer_name_counts_as_growth(phone, alice):
    make_note(owner=alice, title="a" * 90, tags=["home"])

    assert status_and_code(phone.patch("/tags/home", {"name": "household!!"})) == FULL
    assert phone.patch("/tags/home", {"name": "household!"}).status_code == 200
    assert counted(alice) == kept(alice) == 100


def test_each_batch_operation_over_the_quota_is_rejected_by_itself(phone, full, alice):
    operations = [
        {"op": "create", "note": {"title": "e"}},
        {"op": "update", "id": str(full.pk), "note": {"is_pinned": True}},
        {"op": "append", "id": str(full.pk), "text": "e"},
    ]

    response = phone.post("/notes/batch", {"operations": operations})

    results = response.json()["results"]
    assert [result["status"] for result in results] == [507, 200, 507]
    assert results[0]["problem"]["code"] == "quota_exceeded"
    # With the state from before a batch that changes the note twice, as the newest revision.
    assert counted(alice) == kept(alice) == 100 + 20


def test_a_batch_can_first_free_the_space_it_needs(phone):
    address = phone.post("/notes", {"title": "a" * 10, "content": "b" * 20}).headers["Location"]
    phone.patch(address, {"content": "c" * 60})
    operations = [
        {"op": "create", "note": {"title": "e"}},
        {"op": "update", "id": address.removeprefix("/notes/"), "note": {"title": "a"}},
        {"op": "create", "note": {"title": "e" * 9}},
    ]

    response = phone.post("/notes/batch", {"operations": operations})

    assert [result["status"] for result in response.json()["results"]] == [507, 200, 201]


@pytest.mark.parametrize(
    "sent",
    [
        ("delete", "/notes/{id}", None),
        ("patch", "/notes/{id}", {"is_pinned": True, "is_archived": True}),
        ("patch", "/notes/{id}", {"title": "x" * 10}),
        ("patch", "/notes/{id}", {"content": "x"}),
        ("put", "/notes/{id}", {"title": "x"}),
        ("post", "/notes/{id}/append", {"text": ""}),
        ("post", "/notes/{id}/edit", {"edits": [{"old": "c" * 40, "new": "x" * 40}]}),
        ("post", "/notes/{id}/revisions/1/restore", None),
        ("delete", "/notes/{id}/revisions/1", None),
        ("delete", "/trash", None),
    ],
)
def test_a_write_that_does_not_grow_a_note_always_succeeds(phone, full, alice, settings, sent):
    settings.MAX_BYTES_PER_USER = 1
    method, path, body = sent

    response = getattr(phone, method)(path.replace("{id}", str(full.pk)), body)

    assert response.status_code in (200, 204)
    assert kept(alice) <= 150


def test_a_full_account_can_restore_a_note_from_the_trash(phone, full, alice, settings):
    full.trash()
    settings.MAX_BYTES_PER_USER = 1

    assert phone.post(f"/trash/{full.pk}/restore").status_code == 200


def test_the_trash_counts_until_it_is_purged(phone, full):
    phone.delete(f"/notes/{full.pk}")
    assert status_and_code(phone.post("/notes", {"title": "e"})) == FULL

    phone.delete(f"/trash/{full.pk}")

    assert phone.post("/notes", {"title": "e", "content": "f" * 79}).status_code == 201


def test_a_retried_create_returns_412_even_if_the_account_is_full(phone, alice):
    phone.put(OWN, {"title": "a" * 100}, headers=ABSENT)

    assert phone.put(OWN, {"title": "a" * 100}, headers=ABSENT).status_code == 412


def test_a_507_is_not_stored_for_an_idempotency_key(phone, full):
    key = {"Idempotency-Key": "one"}
    assert status_and_code(phone.post("/notes", {"title": "e"}, headers=key)) == FULL
    phone.delete(f"/notes/{full.pk}/revisions/1")

    assert phone.post("/notes", {"title": "e"}, headers=key).status_code == 201
    assert StoredAnswer.objects.count() == 1


def test_texts_from_before_the_quota_was_set_count(phone, alice, settings):
    settings.MAX_BYTES_PER_USER = 0
    make_note(owner=alice, title="a" * 60).change({"title": "ä" * 15, "tags": ["öö"]})
    settings.MAX_BYTES_PER_USER = 100

    assert status_and_code(phone.post("/notes", {"title": "a" * 7})) == FULL
    assert phone.post("/notes", {"title": "a" * 6}).status_code == 201
    assert counted(alice) == kept(alice) == 100


def test_texts_written_while_the_quota_was_off_count(phone, full, alice, settings):
    settings.MAX_BYTES_PER_USER = 0
    phone.post("/notes", {"title": "a" * 50})
    phone.delete(f"/notes/{full.pk}")
    phone.delete("/trash")
    settings.MAX_BYTES_PER_USER = 100

    assert status_and_code(phone.post("/notes", {"title": "a" * 31})) == FULL
    assert phone.post("/notes", {"title": "a" * 30}).status_code == 201


def test_each_account_has_its_own_quota(phone, full, as_user, bob):
    assert as_user(bob).post("/notes", {"title": "a" * 100}).status_code == 201


def test_by_default_there_is_no_quota(as_user, alice, settings):
    assert settings.MAX_BYTES_PER_USER == 0
    assert as_user(alice).post("/notes", {"title": "a", "content": "b" * 1_000_000}).status_code == 201
    assert counted(alice) is None

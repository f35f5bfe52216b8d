"""MAX_BYTES_PER_USER: how much an account may keep, to the byte."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from accounts.models import Clock, User
from conftest import PASSWORD
from notes.models import Note, Revision, StoredAnswer
from notes.models.revision import KEPT
from notes.tests.making import clock_of, make_note
from notes.tests.test_invariant import MINE, REQUESTS, send
from notes_api.tests.serving import logged_in, serving

OWN = f"/notes/{MINE[0]}"
ABSENT = {"If-None-Match": "*"}


def kept(user):
    """What the account keeps, from the texts themselves."""
    texts = [*Note.objects.filter(owner=user), *Revision.objects.filter(note__owner=user)]
    return sum(len("".join([text.title, text.content, *text.tags]).encode()) for text in texts)


def counted(user):
    return Clock.objects.get(user=user).bytes_kept


def refusal(response):
    return response.status_code, response.json()["code"]


FULL = (507, "quota_exceeded")


@pytest.fixture
def phone(as_user, alice, settings):
    """Alice may keep 100 bytes."""
    settings.MAX_BYTES_PER_USER = 100
    return as_user(alice)


@pytest.fixture
def full(phone, alice):
    """100 bytes are kept: a note of 50 with an earlier text of 30, and one of 20."""
    note = make_note(owner=alice, title="a" * 10, content="b" * 20).change({"content": "c" * 40})
    make_note(owner=alice, title="d" * 20)
    assert kept(alice) == 100
    return note


def test_an_account_may_keep_as_much_as_its_quota(phone):
    assert phone.post("/notes", {"title": "a", "content": "b" * 99}).status_code == 201


def test_not_a_byte_more(phone, alice):
    response = phone.post("/notes", {"title": "a", "content": "b" * 100})

    assert refusal(response) == FULL
    assert response.headers["Content-Type"] == "application/problem+json"
    assert (Note.objects.count(), clock_of(alice)) == (0, 0)


def test_that_an_account_is_full_is_no_error_of_the_server(phone, caplog):
    phone.post("/notes", {"title": "a", "content": "b" * 100})

    assert [record.levelname for record in caplog.records] == ["INFO"]


@pytest.mark.parametrize("values", [{"title": "ä" * 51}, {"title": "a", "tags": ["b" * 50, "ü" * 25]}])
def test_bytes_count_in_utf_8_and_tags_count_too(phone, values):
    assert refusal(phone.post("/notes", values)) == FULL


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("post", "/notes", {"title": "e"}),
        ("put", OWN, {"title": "e"}),
        ("put", "/notes/{id}", {"title": "a" * 10, "content": "c" * 41}),
        ("patch", "/notes/{id}", {"content": "c" * 41}),
        ("patch", "/notes/{id}", {"tags": ["e"]}),
        ("post", "/notes/{id}/append", {"text": "e"}),
        ("post", "/notes/{id}/edit", {"edits": [{"old": "c" * 40, "new": "e" * 41}]}),
    ],
)
def test_a_full_account_cannot_grow(phone, full, alice, method, path, body):
    headers = ABSENT if path == OWN else {}

    response = getattr(phone, method)(path.replace("{id}", str(full.pk)), body, headers=headers)

    assert refusal(response) == FULL
    assert (kept(alice), clock_of(alice)) == (100, 3)


def test_bringing_a_longer_text_back_is_growth(phone, full, settings):
    full.change({"content": ""})
    settings.MAX_BYTES_PER_USER = 10

    assert refusal(phone.post(f"/notes/{full.pk}/revisions/2/restore")) == FULL


def test_a_longer_name_of_a_tag_is_growth(phone, alice):
    make_note(owner=alice, title="a" * 90, tags=["home"])

    assert refusal(phone.patch("/tags/home", {"name": "household!!"})) == FULL
    assert phone.patch("/tags/home", {"name": "household!"}).status_code == 200
    assert counted(alice) == kept(alice) == 100


def test_of_a_batch_each_operation_that_is_too_much_is_refused_by_itself(phone, full, alice):
    operations = [
        {"op": "create", "note": {"title": "e"}},
        {"op": "update", "id": str(full.pk), "note": {"is_pinned": True}},
        {"op": "append", "id": str(full.pk), "text": "e"},
    ]

    response = phone.post("/notes/batch", {"operations": operations})

    results = response.json()["results"]
    assert [result["status"] for result in results] == [507, 200, 507]
    assert results[0]["problem"]["code"] == "quota_exceeded"
    assert counted(alice) == kept(alice) == 100


def test_a_batch_may_first_make_the_room_it_needs(phone):
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
@pytest.mark.parametrize("limit", [100, 1])
def test_what_does_not_grow_a_note_is_never_refused(phone, full, alice, settings, sent, limit):
    settings.MAX_BYTES_PER_USER = limit
    method, path, body = sent

    response = getattr(phone, method)(path.replace("{id}", str(full.pk)), body)

    assert response.status_code in (200, 204)
    assert kept(alice) <= 150


def test_a_note_is_restored_from_the_trash_of_a_full_account(phone, full, alice, settings):
    full.trash()
    settings.MAX_BYTES_PER_USER = 1

    assert phone.post(f"/trash/{full.pk}/restore").status_code == 200


def test_the_trash_counts_until_it_is_purged(phone, full):
    phone.delete(f"/notes/{full.pk}")
    assert refusal(phone.post("/notes", {"title": "e"})) == FULL

    phone.delete(f"/trash/{full.pk}")

    assert phone.post("/notes", {"title": "e", "content": "f" * 79}).status_code == 201


def test_in_a_full_account_earlier_texts_make_room_for_the_one_just_replaced(phone, full, alice):
    phone.patch(f"/notes/{full.pk}", {"content": "short"})

    assert [revision.content for revision in Revision.objects.all()] == ["c" * 40]
    assert counted(alice) == kept(alice) == 100 - 30 - 50 + 15 + 50


def test_what_was_just_replaced_is_kept_however_full_the_account_is(phone, full, alice, settings):
    settings.MAX_BYTES_PER_USER = 1

    phone.patch(f"/notes/{full.pk}", {"content": ""})

    assert [revision.content for revision in Revision.objects.all()] == ["c" * 40]
    assert counted(alice) == kept(alice)


def test_a_quota_that_was_lowered_costs_no_more_history_than_what_is_added(phone, alice, settings):
    settings.MAX_BYTES_PER_USER = 1000
    note = make_note(owner=alice, title="a", content="0" * 20)
    for number in range(1, 4):
        note = note.change({"content": str(number) * 20}, is_worth_keeping=True)
    settings.MAX_BYTES_PER_USER = 1

    phone.patch(f"/notes/{note.pk}", {"content": "4" * 20})

    assert sorted(revision.content[0] for revision in Revision.objects.all()) == ["1", "2", "3"]
    assert counted(alice) == kept(alice) == 4 * 21


def test_an_account_far_over_its_quota_does_not_grow(phone, full, alice, settings):
    """As many texts as are allowed are replaced by others of their length, one credential after another."""
    settings.MAX_BYTES_PER_USER = 1
    for letter in "efghijklmn":
        phone.patch(f"/notes/{full.pk}", {"content": letter * 40}, headers={"Idempotency-Key": letter})
        full.refresh_from_db()
        full.change({"content": letter.upper() * 40}, by=full.pk)

    assert counted(alice) == kept(alice) <= 100 + 50


def test_the_hundred_and_first_earlier_text_frees_what_the_oldest_held(phone, alice, settings):
    settings.MAX_BYTES_PER_USER = 10_000
    note = make_note(owner=alice, title="a", content="b" * 50)
    for number in range(KEPT + 3):
        note = note.change({"content": f"{number:03}"}, by=None, is_worth_keeping=True)

    assert Revision.objects.count() == KEPT
    assert counted(alice) == kept(alice) == (KEPT + 1) * 4


def test_a_retry_of_what_was_created_is_told_so_by_a_full_account(phone, alice):
    phone.put(OWN, {"title": "a" * 100}, headers=ABSENT)

    assert phone.put(OWN, {"title": "a" * 100}, headers=ABSENT).status_code == 412


def test_a_refusal_is_not_remembered_for_an_idempotency_key(phone, full):
    key = {"Idempotency-Key": "one"}
    assert refusal(phone.post("/notes", {"title": "e"}, headers=key)) == FULL
    phone.delete(f"/notes/{full.pk}/revisions/1")

    assert phone.post("/notes", {"title": "e"}, headers=key).status_code == 201
    assert StoredAnswer.objects.count() == 1


def test_what_was_kept_before_there_was_a_quota_counts(phone, alice, settings):
    settings.MAX_BYTES_PER_USER = 0
    make_note(owner=alice, title="a" * 60).change({"title": "ä" * 15, "tags": ["öö"]})
    settings.MAX_BYTES_PER_USER = 100

    assert refusal(phone.post("/notes", {"title": "a" * 7})) == FULL
    assert phone.post("/notes", {"title": "a" * 6}).status_code == 201
    assert counted(alice) == kept(alice) == 100


def test_what_was_kept_while_there_was_no_quota_counts(phone, full, alice, settings):
    settings.MAX_BYTES_PER_USER = 0
    phone.post("/notes", {"title": "a" * 50})
    phone.delete(f"/notes/{full.pk}")
    phone.delete("/trash")
    settings.MAX_BYTES_PER_USER = 100

    assert refusal(phone.post("/notes", {"title": "a" * 31})) == FULL
    assert phone.post("/notes", {"title": "a" * 30}).status_code == 201


def test_accounts_do_not_count_for_each_other(phone, full, as_user, bob):
    assert as_user(bob).post("/notes", {"title": "a" * 100}).status_code == 201


def test_by_default_there_is_no_quota(as_user, alice, settings):
    assert settings.MAX_BYTES_PER_USER == 0
    assert as_user(alice).post("/notes", {"title": "a", "content": "b" * 1_000_000}).status_code == 201
    assert counted(alice) is None


@examples(
    max_examples=20,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(requests=st.lists(REQUESTS, min_size=15, max_size=25))
def test_whatever_is_done_the_count_is_right_to_the_byte(as_user, settings, requests):
    settings.MAX_BYTES_PER_USER = 200
    user = User.objects.create_user("carol@example.com", PASSWORD)
    client = as_user(user)

    for sent in requests:
        assert send(client, sent).status_code in (*range(500), 507)
        assert counted(user) in (None, kept(user))

    user.delete()


def test_of_20_writes_at_the_edge_just_those_succeed_that_fit(served_database):
    with serving(served_database, MAX_BYTES_PER_USER="1000") as server, logged_in(server) as owner:
        notes = [{"title": "Milk", "content": f"{number:02}" * 48} for number in range(20)]
        with ThreadPoolExecutor(20) as threads:
            responses = list(threads.map(lambda note: owner.post("/notes", json=note), notes))

        assert sorted(response.status_code for response in responses) == [201] * 10 + [507] * 10
        assert len(owner.get("/notes").json()["results"]) == 10

"""`Prefer: return=minimal` (RFC 7240): a write without the body of its response."""

import pytest

from conftest import NOWHERE
from notes.models import Note
from notes.tests.factories import make_note, make_trashed
from notes_api.tests.responses import problem_of

MINIMAL = {"Prefer": "return=minimal"}
CREATE = {"op": "create", "note": {"title": "Milk", "content": "two litres"}}


@pytest.fixture
def ids(alice):
    note = make_note(owner=alice, content="one").change({"content": "two"})
    return {"note": note.pk, "trashed": make_trashed(owner=alice).pk}


WRITES = [
    ("put", "/notes/{note}", {"title": "Bread"}),
    ("patch", "/notes/{note}", {"title": "Bread"}),
    ("post", "/notes/{note}/append", {"text": "!"}),
    ("post", "/notes/{note}/edit", {"edits": [{"old": "two", "new": "three"}]}),
    ("post", "/notes/{note}/revisions/1/restore", None),
    ("post", "/trash/{trashed}/restore", None),
]


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
def test_a_write_returns_204_with_the_address_and_the_tag(phone, ids, method, path, body):
    response = getattr(phone, method)(path.format(**ids), body, headers=MINIMAL)

    note = Note.objects.get(pk=ids["trashed" if "trash" in path else "note"])
    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["Location"] == f"/notes/{note.pk}"
    assert response.headers["ETag"] == f'"{note.version}"' == phone.get(f"/notes/{note.pk}").headers["ETag"]
    assert response.headers["Preference-Applied"] == "return=minimal"
    assert "Prefer" in response.headers["Vary"]
    assert "Content-Type" not in response.headers


@pytest.mark.parametrize("accept", ["text/markdown", "text/*", "text/markdown, */*;q=0.1"])
@pytest.mark.parametrize(
    ("method", "address", "headers", "status"),
    [("put", "/notes/{note}", {}, 204), ("patch", "/notes/{note}", {}, 204),
     ("put", f"/notes/{NOWHERE}", {"If-None-Match": "*"}, 201)],
)  # fmt: skip
def test_a_response_without_a_body_has_no_content_type(phone, ids, method, address, headers, status, accept):
    headers = {**MINIMAL, **headers, "Accept": accept}
    response = getattr(phone, method)(address.format(**ids), {"title": "Bread"}, headers=headers)

    assert (response.status_code, response.content) == (status, b"")
    assert "Content-Type" not in response.headers
    assert response.headers["ETag"].endswith('.md"')


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
def test_without_the_preference_a_write_returns_the_note(phone, ids, method, path, body):
    response = getattr(phone, method)(path.format(**ids), body)

    assert response.status_code == 200
    assert response.json()["id"] in {str(pk) for pk in ids.values()}
    assert "Preference-Applied" not in response.headers
    assert "Prefer" in response.headers["Vary"]


@pytest.mark.parametrize("scope", ["notes:write", "notes:append"])
@pytest.mark.parametrize(
    ("method", "path", "headers"), [("post", "/notes", {}), ("put", f"/notes/{NOWHERE}", {"If-None-Match": "*"})]
)
def test_a_create_returns_201_with_the_address_and_the_tag(by_token, phone, alice, scope, method, path, headers):
    response = getattr(by_token(alice, scope), method)(path, {"title": "Milk"}, headers={**MINIMAL, **headers})

    note = Note.objects.get()
    assert (response.status_code, response.content) == (201, b"")
    assert response.headers["Location"] == f"/notes/{note.pk}"
    assert response.headers["ETag"] == '"1"'
    assert phone.get(response.headers["Location"]).json()["title"] == "Milk"


PREFERENCES = [
    ("return=minimal", "return=minimal"),
    ("Return=Minimal", "return=minimal"),
    ('return="minimal"', "return=minimal"),
    (" return = minimal ", "return=minimal"),
    ("respond-async, return=minimal; foo=bar, wait=10", "return=minimal"),
    ("return=minimal, return=representation", "return=minimal"),
    ("return=representation, return=minimal", "return=representation"),
    ("return=representation", "return=representation"),
    ("handling=strict", None),
    ('foo="a, return=minimal"', None),
    ('foo="\\", return=minimal"', None),
    ("foo; return=minimal", None),
    ("return", None),
    ("return=", None),
    ("return=nothing", None),
    ("returns=minimal", None),
    ("", None),
    (",;=", None),
]


def test_the_first_return_counts_and_anything_else_is_ignored(phone, subtests):
    for header, applied in PREFERENCES:
        with subtests.test(header=header, applied=applied):
            response = phone.post("/notes", {"title": "Milk"}, headers={"Prefer": header})

            assert response.status_code == 201
            assert response.headers.get("Preference-Applied") == applied
            assert (response.content == b"") is (applied == "return=minimal")


def test_an_error_has_its_body(phone, ids):
    responses = [
        phone.patch(f"/notes/{ids['note']}", {"title": "Bread"}, headers={**MINIMAL, "If-Match": '"1"'}),
        phone.post("/notes", {"title": ""}, headers=MINIMAL),
        phone.patch(f"/notes/{NOWHERE}", {"title": "Bread"}, headers=MINIMAL),
    ]

    assert [problem_of(response)[0] for response in responses] == [412, 400, 404]
    assert responses[0].json()["current"]["id"] == str(ids["note"])


def test_markdown_has_its_own_tag_without_a_body_too(phone, ids):
    response = phone.patch(f"/notes/{ids['note']}", {"is_pinned": True}, headers={**MINIMAL, "Accept": "text/markdown"})

    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["ETag"].endswith('.md"')


@pytest.mark.parametrize("first", [MINIMAL, {}, {"Prefer": "return=representation"}])
@pytest.mark.parametrize("second", [MINIMAL, {}, {"Prefer": "return=representation"}])
def test_a_replay_has_the_form_that_its_own_request_prefers(phone, first, second):
    created = phone.post("/notes", {"title": "Milk"}, headers={"Idempotency-Key": "one", **first})

    again = phone.post("/notes", {"title": "Milk"}, headers={"Idempotency-Key": "one", **second})

    assert again.status_code == created.status_code == 201
    assert again.headers["Idempotency-Replayed"] == "true"
    assert [again.headers[name] for name in ("ETag", "Location")] == [
        created.headers[name] for name in ("ETag", "Location")
    ]
    assert again.headers.get("Preference-Applied") == second.get("Prefer")
    assert (again.content == b"") is (second == MINIMAL)
    assert Note.objects.count() == 1


def test_a_replay_of_an_append_is_204_too(phone, ids):
    headers = {**MINIMAL, "Idempotency-Key": "one"}
    path = f"/notes/{ids['note']}/append"

    assert [phone.post(path, {"text": "!"}, headers=headers).status_code for _ in range(2)] == [204, 204]
    assert phone.post(path, {"text": "!"}, headers={"Idempotency-Key": "one"}).json()["content"] == "two!"
    assert Note.objects.get(pk=ids["note"]).content == "two!"


@pytest.mark.parametrize("key", [{}, {"Idempotency-Key": "one"}])
def test_a_batch_returns_the_status_id_and_version_of_each_operation(phone, ids, key):
    batch = {
        "operations": [CREATE, {"op": "delete", "id": str(ids["note"])}, {"op": "restore", "id": str(ids["trashed"])}]
    }

    for _ in range(2 if key else 1):
        response = phone.post("/notes/batch", batch, headers={**MINIMAL, **key})
        results = response.json()["results"]
        assert response.status_code == 200
        assert response.headers["Preference-Applied"] == "return=minimal"
        assert [(result["status"], list(result.get("note", []))) for result in results] == [
            (201, ["id", "version"]), (204, []), (200, ["id", "version"]),
        ]  # fmt: skip


def test_a_conflict_in_a_batch_still_shows_the_present_note(phone, ids):
    operation = {"op": "update", "id": str(ids["note"]), "if_version": 1, "note": {"title": "Bread"}}

    [result] = phone.post("/notes/batch", {"operations": [operation]}, headers=MINIMAL).json()["results"]

    assert result["status"] == 412
    assert result["problem"]["current"]["content"] == "two"


def test_a_replay_of_a_batch_has_the_form_that_its_own_request_prefers(phone):
    def post(**headers):
        return phone.post("/notes/batch", {"operations": [CREATE]}, headers={"Idempotency-Key": "one", **headers})

    minimal, whole = post(**MINIMAL), post()

    assert list(minimal.json()["results"][0]["note"]) == ["id", "version"]
    assert whole.json()["results"][0]["note"]["content"] == "two litres"
    assert list(post(**MINIMAL).json()["results"][0]["note"]) == ["id", "version"]


@pytest.mark.parametrize("path", ["/notes", "/trash", "/changes", "/users/me"])
def test_a_read_ignores_the_preference(phone, ids, path):
    response = phone.get(path, headers=MINIMAL)

    assert response.status_code == 200
    assert response.content
    assert "Preference-Applied" not in response.headers

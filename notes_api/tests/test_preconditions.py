"""Every operation obeys a precondition or refuses it: none is ignored."""

import pytest

from accounts.models import ApiToken, Session
from accounts.scopes import Scope
from accounts.tests.grants import make_grant
from notes.models import Import, Note
from notes.tests.exports import make_ready
from notes.tests.factories import clock_of, make_note, make_trashed
from notes_api.tests.access_table import BODIES, everything
from notes_api.tests.openapi_document import OPERATIONS, resolve
from notes_api.tests.responses import field_errors

# A false condition for each field. A resource that exists has some tag, so `*` is false for `If-None-Match`.
FALSE = {
    "If-Match": '"0"',
    "If-None-Match": "*",
    "If-Unmodified-Since": "Mon, 05 Jan 2015 09:00:00 GMT",
    "If-Modified-Since": "Tue, 05 Jan 2100 09:00:00 GMT",
    "If-Range": '"0"',
}
LATER = "Tue, 05 Jan 2100 09:00:00 GMT"
# The operations with a validator, so that they can obey.
LISTS = {"GET /notes", "GET /trash", "GET /tags", "GET /notes/{id}/revisions"}
READS = LISTS | {"GET /notes/{id}", "GET /trash/{id}", "GET /notes/{id}/revisions/{version}"}
FILES = {"GET /exports/{id}"}
WRITES = {
    "PUT /notes/{id}",
    "PATCH /notes/{id}",
    "DELETE /notes/{id}",
    "POST /notes/{id}/append",
    "POST /notes/{id}/edit",
    "POST /notes/{id}/revisions/{version}/restore",
    "DELETE /notes/{id}/revisions/{version}",
    "DELETE /trash",
    "DELETE /trash/{id}",
    "POST /trash/{id}/restore",
    "PATCH /tags/{name}",
    "DELETE /tags/{name}",
}


def documented(operation):
    parameters = {resolve(parameter)["name"] for parameter in OPERATIONS[operation].get("parameters", [])}
    return {name for name in FALSE if name in parameters}


@pytest.fixture
def send(phone, alice):
    """`send("DELETE /trash", headers)` runs the operation on what Alice has."""
    note = make_note(owner=alice, content="one litre", tags=["home"]).change({"content": "two litres"})
    device = Session.objects.create(user=alice)
    token = ApiToken.objects.issue(device, "Night watch", [Scope.READ])
    trashed = make_trashed(owner=alice)
    ids = {"/users": alice.pk, "/sessions": device.pk, "/tokens": token.pk, "/notes": note.pk, "/trash": trashed.pk}
    ids["/grants"] = make_grant(alice, Scope.READ).pk
    ids["/exports"] = make_ready(owner=alice).pk
    ids["/imports"] = Import.objects.create(user=alice, format="keep").pk

    def send(operation, headers):
        method, path = operation.split()
        address = path.replace("{id}", str(ids.get(path.partition("/{")[0]))).replace("{name}", "home")
        return getattr(phone, method.lower())(address.replace("{version}", "1"), BODIES.get(operation), headers=headers)

    return send


@pytest.fixture
def phone(as_user, alice):
    return as_user(alice)


def test_a_false_precondition_is_obeyed_where_it_is_documented_and_refused_elsewhere(send):
    before = everything()

    answers = {
        operation: {name: answer(send(operation, {name: FALSE[name]})) for name in FALSE} for operation in OPERATIONS
    }

    assert answers == {
        operation: {name: "obeyed" if name in documented(operation) else [name] for name in FALSE}
        for operation in OPERATIONS
    }
    assert everything() == before


def answer(response):
    """Return "obeyed", the fields that a refusal names, or an unexpected status."""
    if response.status_code == 400:
        return [error["field"] for error in response.json()["errors"]]
    # With a false `If-Range`, a file is sent as a whole.
    is_whole = response.status_code == 200 and "Accept-Ranges" in response.headers
    return "obeyed" if is_whole or response.status_code in (304, 412) else response.status_code


def test_the_operations_that_obey_are_these():
    assert {operation for operation in OPERATIONS if documented(operation)} == READS | WRITES | FILES
    assert {operation for operation in OPERATIONS if documented(operation) == {"If-None-Match"}} == READS


def test_a_write_documents_412():
    assert {operation for operation in WRITES if "412" not in OPERATIONS[operation]["responses"]} == set()


def test_a_refusal_names_what_the_operation_supports(send):
    response = send("GET /notes/{id}", {"If-Match": '"2"'})

    assert field_errors(response) == [("If-Match", "unsupported")]
    assert response.json()["errors"][0]["message"] == (
        "This operation does not support this precondition; it supports `If-None-Match`. Send the request without it."
    )


def test_several_refused_preconditions_are_named_together(send):
    response = send("POST /notes", FALSE)

    assert field_errors(response) == [(name, "unsupported") for name in FALSE]


@pytest.mark.parametrize(
    ("operation", "headers", "status"),
    [
        ("PATCH /notes/{id}", {"If-Match": '"2"', "If-Unmodified-Since": FALSE["If-Unmodified-Since"]}, 200),
        ("PATCH /notes/{id}", {"If-Match": '"1"', "If-Unmodified-Since": LATER}, 412),
        ("PATCH /notes/{id}", {"If-Unmodified-Since": LATER}, 400),
        ("PATCH /notes/{id}", {"If-Modified-Since": LATER, "If-None-Match": '"1"'}, 200),
        ("GET /notes/{id}", {"If-None-Match": '"1"', "If-Modified-Since": LATER}, 200),
        ("GET /notes/{id}", {"If-None-Match": '"2"', "If-Modified-Since": FALSE["If-Unmodified-Since"]}, 304),
        ("GET /notes/{id}", {"If-Match": '"2"', "If-Unmodified-Since": LATER}, 400),
        ("GET /notes/{id}", {"If-Range": '"2"', "Range": "bytes=0-9"}, 400),
    ],
)
def test_a_tag_takes_precedence_over_a_time(send, operation, headers, status):
    assert send(operation, headers).status_code == status


@pytest.mark.parametrize(
    ("path", "body", "form"),
    [
        ("/trash", None, "{}"),
        ("/trash", None, "W/{}"),
        ("/trash", None, '"9", {}'),
        ("/trash", None, "*"),
        ("/tags/home", None, "{}"),
        ("/tags/home", {"name": "house"}, "{}"),
    ],
)
def test_a_write_to_a_list_is_carried_out_if_the_list_has_not_changed(phone, alice, path, body, form):
    make_trashed(owner=alice, tags=["home"])
    etag = phone.get("/trash").headers["ETag"]

    response = (phone.patch if body else phone.delete)(path, body, headers={"If-Match": form.format(etag)})

    assert response.status_code in (200, 204)
    assert clock_of(alice) == 3


@pytest.mark.parametrize(("path", "body"), [("/trash", None), ("/tags/home", None), ("/tags/home", {"name": "house"})])
def test_a_write_to_a_list_that_has_changed_gets_412_and_its_etag(phone, alice, path, body):
    make_trashed(owner=alice, tags=["home"])
    etag = phone.get("/trash").headers["ETag"]
    late = make_trashed(owner=alice, tags=["home"])

    response = (phone.patch if body else phone.delete)(path, body, headers={"If-Match": etag})

    assert response.status_code == 412
    assert response.json()["code"] == "precondition_failed"
    assert response.headers["ETag"] == phone.get("/trash").headers["ETag"] != etag
    assert Note.objects.get(pk=late.pk).tags == ["home"]
    assert clock_of(alice) == 4


def test_the_etag_of_another_account_does_not_match(phone, as_user, alice, bob):
    make_trashed(owner=alice)
    make_trashed(owner=bob)
    etag = as_user(bob).get("/trash").headers["ETag"]

    assert phone.delete("/trash", headers={"If-Match": etag}).status_code == 412


def test_a_missing_tag_is_404_whatever_the_list_was(phone):
    etag = phone.get("/tags").headers["ETag"]

    assert phone.delete("/tags/home", headers={"If-Match": etag}).status_code == 404


@pytest.mark.parametrize(("tag", "status"), [('"1"', 204), ('"2"', 412), ("*", 204), ("1", 204), ('W/"1"', 204)])
def test_an_earlier_text_is_deleted_only_with_its_own_tag(phone, alice, tag, status):
    note = make_note(owner=alice, content="one").change({"content": "two"})
    path = f"/notes/{note.pk}/revisions/1"
    assert phone.get(path).headers["ETag"] == '"1"'

    assert phone.delete(path, headers={"If-Match": tag}).status_code == status
    assert phone.get(path).status_code == (404 if status == 204 else 200)


def test_a_known_earlier_text_is_not_sent_again(phone, alice):
    note = make_note(owner=alice, content="one").change({"content": "two"})

    response = phone.get(f"/notes/{note.pk}/revisions/1", headers={"If-None-Match": '"1"'})

    assert (response.status_code, response.content, response.headers["ETag"]) == (304, b"", '"1"')


def test_a_batch_operation_refuses_a_condition_that_it_does_not_know(phone, subtests):
    for member in ["if_version", "if_match", "If-Match", "etag", "if_unmodified_since"]:
        with subtests.test(member=member):
            create = {"op": "create", "note": {"title": "Milk"}, member: 1}

            [result] = phone.post("/notes/batch", {"operations": [create]}).json()["results"]

            assert result["status"] == 400
            assert result["problem"]["errors"][0]["field"] == member
            assert not Note.objects.exists()


@pytest.mark.parametrize("op", ["replace", "update", "append", "delete", "restore"])
def test_a_batch_operation_obeys_if_version(phone, alice, op):
    note = make_trashed(owner=alice) if op == "restore" else make_note(owner=alice)
    members = {"append": {"text": "!"}, "replace": {"note": {"title": "Bread"}}, "update": {"note": {"title": "Bread"}}}
    operation = {"op": op, "id": str(note.pk), "if_version": note.version + 1, **members.get(op, {})}

    [result] = phone.post("/notes/batch", {"operations": [operation]}).json()["results"]

    assert result["status"] == 412
    assert Note.objects.values("title", "content", "version").get(pk=note.pk) == {
        "title": "Milk",
        "content": "",
        "version": note.version,
    }

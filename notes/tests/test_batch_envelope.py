"""What a batch can hold, how each item is validated, and how large the response gets."""

import pytest

from conftest import NOWHERE
from notes.models import Note
from notes.tests.factories import clock_of, make_note
from notes_api.tests.responses import field_errors

OTHER_ID = "01939f5e-2222-7c40-8e1b-3f9a7d5c2b16"
MEBIBYTE = 1_048_576
MILK = {"op": "create", "note": {"title": "Milk"}}
# The body, and the first error.
MALFORMED = [
    ({}, ("operations", "required")),
    ({"operations": None}, ("operations", "null")),
    ({"operations": {}}, ("operations", "not_a_list")),
    ({"operations": []}, ("operations", "min_length")),
    ({"operations": [MILK] * 101}, ("operations", "max_length")),
    ({"operations": [MILK, "create"]}, ("operations.1", "not_a_dict")),
    ({"operations": [MILK, None]}, ("operations.1", "null")),
    ({"operations": [MILK], "atomic": "true"}, ("atomic", "invalid")),
    ({"operations": [MILK], "atomic": None}, ("atomic", "null")),
    ({"operations": [MILK], "atomically": True}, ("atomically", "unknown")),
]
# The item, and its error.
INVALID_ITEMS = [
    ({"op": "create"}, ("note", "required")),
    ({"op": "create", "note": {}}, ("note.title", "required")),
    ({"op": "create", "note": {"title": ""}}, ("note.title", "blank")),
    ({"op": "create", "note": None}, ("note", "null")),
    ({"op": "create", "note": "Milk"}, ("note", "invalid")),
    ({"op": "create", "note": {"titel": "Milk"}}, ("note.titel", "unknown")),
    ({"op": "create", "note": {"title": "Milk"}, "text": "x"}, ("text", "unknown")),
    ({"op": "create", "id": "1", "note": {"title": "Milk"}}, ("id", "invalid")),
    ({"op": "create", "id": "00000000-0000-0000-0000-000000000000", "note": {"title": "x"}}, ("id", "invalid")),
    ({"op": "replace", "id": NOWHERE, "note": {}}, ("note.title", "required")),
    ({"op": "replace", "note": {"title": "Milk"}}, ("id", "required")),
    ({"op": "update", "id": NOWHERE, "note": {"title": None}}, ("note.title", "null")),
    ({"op": "update", "id": NOWHERE}, ("note", "required")),
    ({"op": "append", "id": NOWHERE}, ("text", "required")),
    ({"op": "append", "id": NOWHERE, "text": 5}, ("text", "invalid")),
    ({"op": "append", "id": NOWHERE, "text": "x", "note": {}}, ("note", "unknown")),
    ({"op": "delete", "id": None}, ("id", "null")),
    ({"op": "delete", "id": 5}, ("id", "invalid")),
    ({"op": "delete", "id": True}, ("id", "invalid")),
    ({"op": "delete", "id": [NOWHERE]}, ("id", "invalid")),
    ({"op": "create", "note": {"title": "Milk"}, "if_version": 1}, ("if_version", "unknown")),
    ({"op": "delete", "id": NOWHERE, "if_version": 0}, ("if_version", "min_value")),
    ({"op": "delete", "id": NOWHERE, "if_version": "1"}, ("if_version", "invalid")),
    ({"op": "delete", "id": NOWHERE, "if_version": 1.0}, ("if_version", "invalid")),
    ({"op": "delete", "id": NOWHERE, "if_version": True}, ("if_version", "invalid")),
    ({"op": "delete", "id": NOWHERE, "if_version": None}, ("if_version", "null")),
]


def send(client, body):
    return client.post("/notes/batch", body)


def problem_of(client, item):
    """Send this item in a batch with a valid one, which must succeed, and return the problem of this one."""
    response = send(client, {"operations": [item, MILK]})
    first, second = response.json()["results"]
    assert (response.status_code, second["status"]) == (200, 201)
    assert first["status"] == first["problem"]["status"]
    return first["problem"]


def errors_of(client, item):
    problem = problem_of(client, item)
    assert (problem["status"], problem["code"]) == (400, "invalid")
    return [(error["field"], error["code"]) for error in problem["errors"]]


def test_a_malformed_envelope_is_rejected_as_a_whole(phone, alice):
    assert [field_errors(send(phone, body))[0] for body, _ in MALFORMED] == [error for _, error in MALFORMED]
    assert clock_of(alice) == 0


def test_a_batch_holds_a_hundred_operations(phone):
    response = send(phone, {"operations": [MILK] * 100})

    assert {result["status"] for result in response.json()["results"]} == {201}
    assert Note.objects.count() == 100


def test_an_operation_is_one_of_six(phone):
    items = [
        {"op": op, "id": NOWHERE, "note": {}} for op in [None, 5, True, "", "upsert", "Create", [], {}, ["create"]]
    ]
    items.append({"id": NOWHERE})

    assert [errors_of(phone, item) for item in items] == [[("op", "invalid_choice")]] * len(items)


def test_an_invalid_item_is_rejected_by_itself(phone):
    assert [(item, errors_of(phone, item)) for item, _ in INVALID_ITEMS] == [(i, [error]) for i, error in INVALID_ITEMS]


def test_if_version_can_be_any_json_integer(phone, alice):
    note = make_note(owner=alice)

    assert problem_of(phone, {"op": "delete", "id": str(note.pk), "if_version": 10**30})["status"] == 412


def test_an_id_given_as_a_number_is_rejected(phone, alice):
    note = make_note(owner=alice)

    assert errors_of(phone, {"op": "delete", "id": note.pk.int}) == [("id", "invalid")]


def test_an_item_returns_a_whole_problem(phone):
    response = phone.post(
        "/notes/batch", {"operations": [{"op": "delete", "id": NOWHERE}]}, headers={"X-Request-ID": "7"}
    )

    assert response.json()["results"] == [
        {
            "status": 404,
            "problem": {
                "type": "about:blank",
                "title": "Not Found",
                "status": 404,
                "detail": "The resource does not exist or belongs to another user.",
                "code": "not_found",
                "request_id": "7",
                "errors": [],
            },
        }
    ]


def test_an_appended_text_that_is_too_large_is_rejected_by_itself(phone, alice):
    note = make_note(owner=alice, content="x" * MEBIBYTE)

    assert errors_of(phone, {"op": "append", "id": str(note.pk), "text": "x"}) == [("content", "too_large")]


def test_after_8_mebibytes_of_content_results_are_brief(phone, alice):
    notes = [make_note(owner=alice, content="x" * MEBIBYTE) for _ in range(10)]
    operations = [{"op": "update", "id": str(note.pk), "note": {"is_pinned": True}} for note in notes]

    results = send(phone, {"operations": operations}).json()["results"]

    assert [("content" in result["note"]) for result in results] == [True] * 8 + [False] * 2
    assert results[8] == {"status": 200, "note": {"id": str(notes[8].pk), "version": 11}}


def test_results_are_brief_earlier_if_their_json_is_longer_than_10_mebibytes(phone, alice):
    """JSON needs six bytes for a control character."""
    notes = [make_note(owner=alice, content="\x01" * MEBIBYTE) for _ in range(3)]
    operations = [{"op": "update", "id": str(note.pk), "note": {"is_pinned": True}} for note in notes]

    results = send(phone, {"operations": operations}).json()["results"]

    assert [result["note"].get("content") for result in results] == [notes[0].content, None, None]


def test_after_8_mebibytes_of_content_conflicts_are_brief(phone, alice):
    notes = [make_note(owner=alice, content="x" * MEBIBYTE) for _ in range(10)]
    operations = [{"op": "delete", "id": str(note.pk), "if_version": 99} for note in notes]

    results = send(phone, {"operations": operations}).json()["results"]

    assert [("content" in result["problem"]["current"]) for result in results] == [True] * 8 + [False] * 2
    assert results[9]["problem"]["current"] == {"id": str(notes[9].pk), "version": 10}


def test_an_id_inside_a_new_note_is_rejected(phone):
    response = phone.post("/notes/batch", {"operations": [{"op": "create", "note": {"id": NOWHERE, "title": "Milk"}}]})

    (result,) = response.json()["results"]
    assert result["status"] == 400
    assert [(error["field"], error["code"]) for error in result["problem"]["errors"]] == [("note.id", "read_only")]
    assert not Note.objects.exists()


@pytest.mark.parametrize("inner", [NOWHERE, NOWHERE.upper()])
def test_a_new_note_can_repeat_its_id(phone, inner):
    create = {"op": "create", "id": NOWHERE, "note": {"id": inner, "title": "Milk"}}

    (result,) = phone.post("/notes/batch", {"operations": [create]}).json()["results"]

    assert (result["status"], result["note"]["id"]) == (201, NOWHERE)


@pytest.mark.parametrize("outer", [{}, {"id": NOWHERE}])
def test_another_id_inside_a_new_note_is_rejected(phone, outer):
    notes = [{"id": inner, "title": "Milk"} for inner in (OTHER_ID, "nonsense", 5, [NOWHERE])]

    errors = [errors_of(phone, {"op": "create", "note": note, **outer}) for note in notes]

    assert errors == [[("note.id", "read_only")]] * 4


@pytest.mark.parametrize("operation", [{"op": "replace", "note": {"title": "Bread"}}, {"op": "delete"}])
def test_a_required_if_match_demands_if_version_in_a_batch(settings, phone, alice, operation):
    note = make_note(owner=alice)
    settings.REQUIRE_IF_MATCH = True

    (result,) = phone.post("/notes/batch", {"operations": [{**operation, "id": str(note.pk)}]}).json()["results"]

    assert result["problem"]["code"] == "precondition_required"
    assert Note.objects.active().get().title == note.title

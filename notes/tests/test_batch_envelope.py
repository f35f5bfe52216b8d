"""What a batch may hold, how each of its items is checked, and how long its answer gets."""

import pytest

from notes.models import Note
from notes.tests.making import clock_of, make_note

NOWHERE = "01939f5e-1d2a-7c40-8e1b-3f9a7d5c2b16"
OTHER_ID = "01939f5e-2222-7c40-8e1b-3f9a7d5c2b16"
MEBIBYTE = 1_048_576
MILK = {"op": "create", "note": {"title": "Milk"}}


def send(client, body):
    return client.post("/notes/batch", body)


def refused(response):
    assert response.status_code == 400
    return [(error["field"], error["code"]) for error in response.json()["errors"]]


def problem_of(client, item):
    """What is wrong with this item, while the one beside it is done."""
    response = send(client, {"operations": [item, MILK]})
    first, second = response.json()["results"]
    assert (response.status_code, second["status"]) == (200, 201)
    assert first["status"] == first["problem"]["status"]
    return first["problem"]


def faults_of(client, item):
    problem = problem_of(client, item)
    assert (problem["status"], problem["code"]) == (400, "invalid")
    return [(error["field"], error["code"]) for error in problem["errors"]]


@pytest.fixture
def phone(as_user, alice):
    return as_user(alice)


@pytest.mark.parametrize(
    ("body", "fault"),
    [
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
    ],
)
def test_a_malformed_envelope_is_refused_as_a_whole(phone, alice, body, fault):
    assert refused(send(phone, body))[0] == fault
    assert clock_of(alice) == 0


def test_a_batch_holds_a_hundred_operations(phone):
    response = send(phone, {"operations": [MILK] * 100})

    assert {result["status"] for result in response.json()["results"]} == {201}
    assert Note.objects.count() == 100


@pytest.mark.parametrize("op", [None, 5, True, "", "upsert", "Create", [], {}, ["create"]])
def test_an_operation_is_one_of_six(phone, op):
    assert faults_of(phone, {"op": op, "id": NOWHERE, "note": {}}) == [("op", "invalid_choice")]


def test_an_item_says_what_it_does(phone):
    assert faults_of(phone, {"id": NOWHERE}) == [("op", "invalid_choice")]


@pytest.mark.parametrize(
    ("item", "fault"),
    [
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
    ],
)
def test_a_bad_item_is_refused_by_itself(phone, item, fault):
    assert faults_of(phone, item) == [fault]


def test_a_version_may_be_as_large_as_json_holds(phone, alice):
    note = make_note(owner=alice)

    assert problem_of(phone, {"op": "delete", "id": str(note.pk), "if_version": 10**30})["status"] == 412


def test_an_id_as_a_number_names_no_note(phone, alice):
    note = make_note(owner=alice)

    assert faults_of(phone, {"op": "delete", "id": note.pk.int}) == [("id", "invalid")]


def test_a_problem_of_an_item_is_whole(phone):
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
                "detail": "There is nothing here, or it is not yours.",
                "code": "not_found",
                "request_id": "7",
                "errors": [],
            },
        }
    ]


def test_an_appended_text_that_does_not_fit_is_refused_by_itself(phone, alice):
    note = make_note(owner=alice, content="x" * MEBIBYTE)

    assert faults_of(phone, {"op": "append", "id": str(note.pk), "text": "x"}) == [("content", "too_large")]


def test_after_8_mebibytes_of_content_results_are_brief(phone, alice):
    notes = [make_note(owner=alice, content="x" * MEBIBYTE) for _ in range(10)]
    operations = [{"op": "update", "id": str(note.pk), "note": {"is_pinned": True}} for note in notes]

    results = send(phone, {"operations": operations}).json()["results"]

    assert [("content" in result["note"]) for result in results] == [True] * 8 + [False] * 2
    assert results[8] == {"status": 200, "note": {"id": str(notes[8].pk), "version": 11}}


def test_after_8_mebibytes_of_content_conflicts_are_brief(phone, alice):
    notes = [make_note(owner=alice, content="x" * MEBIBYTE) for _ in range(10)]
    operations = [{"op": "delete", "id": str(note.pk), "if_version": 99} for note in notes]

    results = send(phone, {"operations": operations}).json()["results"]

    assert [("content" in result["problem"]["current"]) for result in results] == [True] * 8 + [False] * 2
    assert results[9]["problem"]["current"] == {"id": str(notes[9].pk), "version": 10}


def test_an_id_inside_a_new_note_is_not_lost_without_a_word(phone):
    response = phone.post("/notes/batch", {"operations": [{"op": "create", "note": {"id": NOWHERE, "title": "Milk"}}]})

    (result,) = response.json()["results"]
    assert result["status"] == 400
    assert [(error["field"], error["code"]) for error in result["problem"]["errors"]] == [("note.id", "read_only")]
    assert not Note.objects.exists()


def test_a_new_note_may_repeat_its_id(phone):
    create = {"op": "create", "id": NOWHERE, "note": {"id": NOWHERE, "title": "Milk"}}

    (result,) = phone.post("/notes/batch", {"operations": [create]}).json()["results"]

    assert (result["status"], result["note"]["id"]) == (201, NOWHERE)


def test_a_new_note_may_repeat_its_id_in_capitals(phone):
    create = {"op": "create", "id": NOWHERE, "note": {"id": NOWHERE.upper(), "title": "Milk"}}

    (result,) = phone.post("/notes/batch", {"operations": [create]}).json()["results"]

    assert (result["status"], result["note"]["id"]) == (201, NOWHERE)


@pytest.mark.parametrize("inner", [OTHER_ID, "nonsense", 5, [NOWHERE]])
@pytest.mark.parametrize("outer", [{}, {"id": NOWHERE}])
def test_another_id_inside_a_new_note_is_refused(phone, inner, outer):
    create = {"op": "create", "note": {"id": inner, "title": "Milk"}, **outer}

    assert faults_of(phone, create) == [("note.id", "read_only")]


@pytest.mark.parametrize("operation", [{"op": "replace", "note": {"title": "Bread"}}, {"op": "delete"}])
def test_a_server_that_wants_if_match_wants_if_version_in_a_batch(settings, phone, alice, operation):
    note = make_note(owner=alice)
    settings.REQUIRE_IF_MATCH = True

    (result,) = phone.post("/notes/batch", {"operations": [{**operation, "id": str(note.pk)}]}).json()["results"]

    assert result["problem"]["code"] == "precondition_required"
    assert Note.objects.active().get().title == note.title

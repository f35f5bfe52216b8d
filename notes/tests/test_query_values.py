"""Values in a query: times of RFC 3339, and one syntax for numbers and one for booleans."""

from urllib.parse import quote

import pytest
import time_machine

from notes.models import Note
from notes.tests.factories import make_note
from notes_api.tests.responses import field_errors

EDGE = "2026-01-05T09:00:00.123456"
LIMITS = ["/notes", "/trash", "/tags", "/changes", "/tokens", "/notes/{note}/revisions"]
NOT_A_NUMBER = ["1_0", "５", "5.0", "+5", " 5", "5 ", "-5", "05", "5e0", "0x5", "", "٣", "five", "9" * 30, "9" * 5000]
NOT_A_FLAG = ["TRUE", "tRue", "1", "0", "yes", "on", "t", "", " true", "ｔｒｕｅ", "null", "İ"]


@pytest.fixture
def note(alice):
    """A note of the moment EDGE."""
    with time_machine.travel(f"{EDGE}Z", tick=False):
        return make_note(owner=alice)


def message_of(response):
    """Return the message about the first field; the status if the response is not a 400."""
    return response.json()["errors"][0]["message"] if response.status_code == 400 else response.status_code


DIGITS = [
    ("", True),
    (".1", True),
    (".123456", True),
    (".1234560", True),
    (".123456000000000000000000000000", True),
    (".123455999", True),
    (".1234560001", False),
    (".1234567", False),
    (".123456789", False),
    (".999999999999999999", False),
]


def finds(phone, condition):
    return phone.get(f"/notes?{condition}").json()["results"] != []


@pytest.mark.parametrize("offset", ["Z", "z", "+00:00", "-00:00"])
def test_a_time_may_have_any_number_of_digits(phone, note, offset):
    moments = {digits: quote(f"2026-01-05T09:00:00{digits}{offset}") for digits, _ in DIGITS}

    after = {digits: finds(phone, f"updated_after={moment}") for digits, moment in moments.items()}
    before = {digits: finds(phone, f"created_before={moment}") for digits, moment in moments.items()}

    assert after == dict(DIGITS)
    assert before == {digits: not is_found for digits, is_found in DIGITS}


def test_an_expiry_may_have_any_number_of_digits(phone, subtests):
    for digits in ["1234567", "123456789", "000000000", "0000000000001", "9" * 100]:
        with subtests.test(digits=digits):
            body = {"name": "Script", "scopes": ["notes:read"], "expires_at": f"2099-01-01T00:00:00.{digits}+01:00"}

            assert phone.post("/tokens", body).status_code == 201


NOT_A_TIME = [
    "2026-01-05T09:00:00.Z",
    "2026-01-05T09:00:00,123Z",
    "2026-01-05T09:00:00.1２3Z",
    "2026-01-05T09:00:00.123",
    "2026-01-05T09:00:00.123456789 Z",
    "2026-01-05T25:00:00.123456789Z",
    "9999-12-31T23:59:59.9999999Z",
]


def test_any_other_time_is_rejected(phone, subtests):
    for text in NOT_A_TIME:
        with subtests.test(text=text):
            response = phone.get(f"/notes?updated_after={quote(text)}")

            assert field_errors(response) == [("updated_after", "invalid")]
            assert message_of(response) == "Give a time with its offset, such as 2026-01-05T09:00:00Z."


def test_a_number_is_ascii_digits_and_nothing_else(phone, note, subtests):
    for path in LIMITS:
        with subtests.test(path=path):
            address = path.format(note=note.pk)

            responses = {text: phone.get(f"{address}?limit={quote(text)}") for text in NOT_A_NUMBER}

            most = 500 if path == "/changes" else 100
            assert {message_of(response) for response in responses.values()} == {
                f"Give a whole number from 1 to {most}, in the digits 0 to 9."
            }
            assert [phone.get(f"{address}?limit={number}").status_code for number in (1, 10, most)] == [200] * 3
            assert [phone.get(f"{address}?limit={number}").status_code for number in (0, most + 1)] == [400] * 2


@pytest.mark.parametrize("name", ["is_pinned", "is_archived"])
def test_a_filter_is_true_false_or_any_as_json_or_python_write_it(phone, alice, name):
    make_note(owner=alice, **{name: True})

    words = ("true", "True", "false", "False", "any")
    others = "" if name == "is_archived" else "is_archived=any&"
    found = {word: len(phone.get(f"/notes?{others}{name}={word}").json()["results"]) for word in words}

    assert found == {"true": 1, "True": 1, "false": 0, "False": 0, "any": 1}


def test_a_filter_rejects_any_other_word_and_names_the_choices(phone):
    messages = {word: message_of(phone.get(f"/notes?is_pinned={quote(word)}")) for word in NOT_A_FLAG}

    assert messages == dict.fromkeys(NOT_A_FLAG, "Give one of true, false, any.")


@pytest.mark.parametrize("word", ["true", "True"])
def test_count_is_a_boolean_as_json_or_python_write_it(phone, note, word):
    assert phone.get(f"/notes?count={word}").json()["total"] == 1
    assert "total" not in phone.get("/notes?count=False").json()


def test_count_rejects_any_other_word_and_names_the_choices(phone):
    words = [*NOT_A_FLAG, "any"]
    messages = {word: message_of(phone.get(f"/notes?count={quote(word)}")) for word in words}

    assert messages == dict.fromkeys(words, "Give one of true, false.")


def test_an_unknown_ordering_is_rejected_and_the_choices_are_named(phone, subtests):
    for word in ["", "Title", "version", "--title", "title,created_at"]:
        with subtests.test(word=word):
            response = phone.get(f"/notes?ordering={word}")

            assert field_errors(response) == [("ordering", "invalid_choice")]
            assert message_of(response) == (
                "Give one of -updated_at, updated_at, -created_at, created_at, title, -title."
            )


def test_a_page_of_a_list_with_a_python_boolean_has_a_next_page(phone, alice):
    for _ in range(2):
        make_note(owner=alice, is_pinned=True)
    first = phone.get("/notes?is_pinned=True&limit=1").json()

    second = phone.get(first["next"]).json()

    ids = {str(pk) for pk in Note.objects.values_list("pk", flat=True)}
    assert {first["results"][0]["id"], second["results"][0]["id"]} == ids

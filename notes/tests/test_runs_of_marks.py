"""The cost of text with runs of combining marks, which Python normalizes in quadratic time."""

import pytest

from notes.models.content_edits import CONTENT_MAX_BYTES
from notes.search.folding import fold
from notes_api.rest.tag_names import InvalidTag, clean_tag
from notes_api.tests.cpu_time import cpu_seconds

# Python alone would take minutes.
MAX_CPU_SECONDS = 1.5
# In changing order, so that each mark has to be sorted.
MARKS = "\u0301\u0316"
RUN = "a" + MARKS * ((CONTENT_MAX_BYTES - 1) // len(MARKS.encode()))
# These marks change the letter and are not removed.
LETTER_MARKS = "ก" + "\u0e38\u0e48" * ((CONTENT_MAX_BYTES - 3) // 6)


@pytest.mark.parametrize("text", [RUN, LETTER_MARKS], ids=["accents", "letter marks"])
def test_content_that_is_a_run_of_marks_costs_little(as_user, alice, text):
    client = as_user(alice)

    seconds, response = cpu_seconds(lambda: client.post("/notes", {"title": "x", "content": text}))

    assert response.status_code == 201
    assert response.json()["content"] == text
    assert seconds < MAX_CPU_SECONDS


def test_appending_a_run_of_marks_costs_little(as_user, alice):
    client = as_user(alice)
    note = client.post("/notes", {"title": "x", "content": ""}).json()["id"]

    seconds, response = cpu_seconds(lambda: client.post(f"/notes/{note}/append", {"text": RUN}))

    assert response.status_code == 200
    assert seconds < MAX_CPU_SECONDS


def test_a_run_of_marks_is_found_and_highlighted_at_little_cost(as_user, alice):
    client = as_user(alice)
    client.post("/notes", {"title": "x", "content": f"milk {RUN[:-10]}"})

    seconds, response = cpu_seconds(lambda: client.get("/notes?q=milk"))

    assert response.json()["results"][0]["match"]["ranges"] == [[0, 4]]
    assert seconds < MAX_CPU_SECONDS


@pytest.mark.parametrize("method", ["post", "patch", "delete"])
def test_a_tag_that_is_a_run_of_marks_is_rejected_by_its_length(as_user, alice, method):
    client, name = as_user(alice), RUN[:20_000]
    requests = {
        "post": lambda: client.post("/notes", {"title": "x", "tags": [name] * 50}),
        "patch": lambda: client.patch("/tags/milk", {"name": name}),
        "delete": lambda: client.delete(f"/tags/{name}"),
    }

    seconds, response = cpu_seconds(requests[method])

    assert response.status_code == (404 if method == "delete" else 400)
    assert seconds < MAX_CPU_SECONDS


def test_the_length_of_a_tag_is_checked_before_it_is_normalized():
    def clean():
        with pytest.raises(InvalidTag):
            clean_tag(RUN * 4)

    seconds, _ = cpu_seconds(clean)

    assert seconds < 0.2


def test_the_longest_tag_may_be_typed_in_decomposed_form(as_user, alice):
    # One character in NFC, four in NFD.
    client, name = as_user(alice), "\u1f82" * 64

    response = client.post("/notes", {"title": "x", "tags": ["\u03b1\u0313\u0300\u0345" * 64]})

    assert response.json()["tags"] == [name]
    assert client.delete("/tags/" + "\u03b1\u0313\u0300\u0345" * 64).status_code == 204


def test_the_words_of_a_run_of_marks_are_those_without_them():
    assert fold(f"Milk{MARKS * 1000} Brot") == " milk brot "

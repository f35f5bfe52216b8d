"""`Accept`: the client gets what it prefers, and 406 only if nothing suits it."""

import pytest

from accounts.tests.link_pages import RESET
from notes.tests.factories import make_note
from notes_api.tests.responses import problem_of

MARKDOWN = "text/markdown; charset=utf-8"

pytestmark = pytest.mark.usefixtures("_both_paths")


PREFERENCES = [
    ("application/json;q=0.5, text/markdown", MARKDOWN),
    ("text/markdown;q=0.9, application/json;q=0.1", MARKDOWN),
    ("application/json;q=0, */*", MARKDOWN),
    ("application/json ; Q=0.000,text/*", MARKDOWN),
    ("text/markdown, */*", MARKDOWN),
    ("text/markdown;variant=GFM", MARKDOWN),
    ("application/problem+json, text/markdown;q=0.5", MARKDOWN),
    ("text/markdown;q=0.1, application/json", "application/json"),
    ("text/markdown;q=0.5, */*;q=0.8", "application/json"),
    ("text/markdown;q=0, */*;q=0.1", "application/json"),
    ("application/json, text/markdown, application/problem+json", "application/json"),
    ("text/markdown;q=.2, *;q=.3", "application/json"),
    ("application/problem+json", "application/json"),
    ("application/problem+json;q=0.1, image/png", "application/json"),
    ("application/json;q=high", "application/json"),
    ("", "application/json"),
]
EXCLUSIONS = [
    "application/json;q=0",
    "*/*;q=0",
    "application/json;q=0.0, text/markdown;q=0",
    "application/json;q=0, application/problem+json, text/markdown;q=0",
    "text/html, application/problem+json;q=0",
    "json",
]


def test_a_client_gets_the_representation_that_it_prefers(as_user, alice):
    client, note = as_user(alice), make_note(owner=alice, content="milk\n")

    responses = {accept: client.get(f"/notes/{note.pk}", headers={"Accept": accept}) for accept, _ in PREFERENCES}

    assert {response.status_code for response in responses.values()} == {200}
    assert {accept: response.headers["Content-Type"] for accept, response in responses.items()} == dict(PREFERENCES)


def test_a_client_that_excludes_every_representation_gets_406(as_user, alice):
    client, path = as_user(alice), f"/notes/{make_note(owner=alice).pk}"

    problems = {accept: problem_of(client.get(path, headers={"Accept": accept})) for accept in EXCLUSIONS}

    assert problems == dict.fromkeys(EXCLUSIONS, (406, "not_acceptable"))


@pytest.mark.parametrize("accept", ["application/problem+json", "text/html", "image/png, */*;q=0", "nonsense"])
def test_an_operation_without_content_suits_every_accept_header(as_user, alice, accept):
    note = make_note(owner=alice, tags=["home"])
    client, paths = as_user(alice), ["/tags/home", f"/notes/{note.pk}", "/trash", "/sessions"]

    responses = {path: client.delete(path, headers={"Accept": accept}) for path in paths}

    assert {path: (response.status_code, response.content) for path, response in responses.items()} == (
        dict.fromkeys(paths, (204, b""))
    )


def test_a_request_for_mail_suits_every_accept_header(client):
    response = client.post("/password/reset", {"email": "alice@example.com"}, headers={"Accept": "image/png"})

    assert response.status_code == 202


@pytest.mark.parametrize(("method", "status"), [("options", 204), ("put", 405)])
def test_a_method_without_an_operation_is_not_negotiated(as_user, alice, method, status):
    response = getattr(as_user(alice), method)("/notes", headers={"Accept": "image/png"})

    assert response.status_code == status


@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize("path", ["/notes", "/trash"])
def test_the_markdown_of_an_empty_note_has_its_content_type(as_user, alice, path, method):
    note = make_note(owner=alice, content="")
    if path == "/trash":
        note.trash()

    response = getattr(as_user(alice), method)(f"{path}/{note.pk}", headers={"Accept": "text/markdown"})

    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["Content-Type"] == MARKDOWN


WITH_FIELDS = [
    ("fields=content", "text/markdown"),
    ("fields=content", "text/*;q=0.5"),
    ("fields=id,title", "text/markdown, application/json;q=0"),
    ("%66ields=content", "text/markdown"),
]


def test_markdown_has_no_fields(as_user, alice, subtests):
    note = make_note(owner=alice)

    for fields, accept in WITH_FIELDS:
        with subtests.test(fields=fields, accept=accept):
            response = as_user(alice).get(f"/notes/{note.pk}?{fields}", headers={"Accept": accept})

            assert problem_of(response) == (406, "not_acceptable")
            assert response.json()["detail"] == "Name `application/json` in `Accept`."


@pytest.mark.parametrize(
    ("path", "accept"),
    [
        ("/notes", "text/markdown, application/json;q=0.5"),
        ("/notes", "text/*, application/problem+json"),
        ("/trash", "text/markdown, */*;q=0.1"),
    ],
)
def test_fields_select_json_for_a_client_that_prefers_markdown_but_accepts_both(as_user, alice, path, accept):
    note = make_note(owner=alice)
    if path == "/trash":
        note.trash()
    expected = as_user(alice).get(f"{path}/{note.pk}?fields=id,content")

    response = as_user(alice).get(f"{path}/{note.pk}?fields=id,content", headers={"Accept": accept})

    assert (response.status_code, response.json()) == (200, expected.json())
    assert response.headers["ETag"] == expected.headers["ETag"]


@pytest.mark.parametrize("method", ["put", "patch"])
def test_a_write_that_empties_a_note_returns_empty_markdown(as_user, alice, method):
    note = make_note(owner=alice, title="Milk", content="milk\n")

    response = getattr(as_user(alice), method)(
        f"/notes/{note.pk}", {"title": "Milk", "content": ""}, headers={"Accept": "text/markdown"}
    )

    assert (response.content, response.headers["Content-Type"]) == (b"", MARKDOWN)


PREFER_HTML = {
    "text/html": True,
    "text/html;q=0.9, application/json;q=0.8": True,
    "TEXT/HTML, application/json": True,
    "text/html;q=0, */*": False,
    "text/html;q=0.1, application/json": False,
    "text/*": False,
}


def test_a_link_is_a_page_only_for_clients_that_prefer_html(client):
    def kind(accept):
        return client.get(RESET, {"token": "unknown"}, headers={"Accept": accept}).headers["Content-Type"]

    assert {accept: kind(accept).startswith("text/html") for accept in PREFER_HTML} == PREFER_HTML

"""The addresses in responses lead back to the server, also through proxies and below a path."""

import pytest

from notes.tests.factories import make_note
from notes_api.pages import LINKS

PUBLIC = "https://notes.example.org"

pytestmark = pytest.mark.usefixtures("_both_paths")


@pytest.fixture
def two_notes(alice):
    return [make_note(owner=alice), make_note(owner=alice)]


@pytest.mark.usefixtures("two_notes")
@pytest.mark.parametrize(
    ("host", "query"),
    [
        ("testserver", "limit=1&q=tomatoes%20or%20potatoes&tag=home"),
        ("localhost:8000", "limit=1"),
        ("notes.example.org", "is_archived=any&limit=1"),
        ("LOCALHOST", "limit=1"),
    ],
)
def test_the_next_page_is_below_the_public_address(as_user, alice, set_environment, host, query):
    make_note(owner=alice, title="Tomatoes", tags=["home"])
    make_note(owner=alice, title="Potatoes", tags=["home"])
    set_environment(
        PUBLIC_BASE_URL=PUBLIC, TRUSTED_PROXIES="127.0.0.1", ALLOWED_HOSTS=f"{host.partition(':')[0]},x.example"
    )

    response = as_user(alice).get(f"/notes?{query}", headers={"Host": host, "X-Forwarded-Proto": "https"})

    page = response.json()
    assert page["next"].startswith(f"{PUBLIC}/notes?")
    assert response.headers["Link"] == f'<{page["next"]}>; rel="next"'


@pytest.mark.usefixtures("two_notes")
@pytest.mark.parametrize("host", ["testserver", "localhost:8120"])
def test_without_a_public_address_the_next_page_is_on_the_host_of_the_request(as_user, alice, host):
    page = as_user(alice).get("/notes?limit=1", headers={"Host": host}).json()

    assert page["next"].startswith(f"http://{host}/notes?")


def test_the_index_links_to_the_public_address(client, set_environment):
    set_environment(PUBLIC_BASE_URL=PUBLIC, ALLOWED_HOSTS="testserver")

    links = client.get("/", secure=True).json()["links"]

    assert links == {name: f"{PUBLIC}{path}" for name, path in LINKS.items()}


@pytest.mark.usefixtures("two_notes")
@pytest.mark.parametrize("path", ["/notes", "/tags", "/sessions", "/trash", "/notes/{}/revisions"])
def test_the_cursor_of_a_page_continues_it(as_user, alice, path):
    note = make_note(owner=alice, title="Milk", tags=["home", "food"])
    for number in range(3):
        # Each time from another session, so that the earlier text is kept.
        as_user(alice).patch(f"/notes/{note.pk}", {"content": f"{number}"})
        make_note(owner=alice).trash()
    client, path = as_user(alice), path.format(note.pk)

    first = client.get(path, {"limit": 1}).json()
    second = client.get(path, {"limit": 1, "cursor": first["next_cursor"]}).json()

    assert second == client.get(first["next"]).json()
    assert second["results"] not in ([], first["results"])


def test_the_last_page_has_no_cursor(as_user, alice):
    page = as_user(alice).get("/notes").json()

    assert (page["next"], page["next_cursor"]) == (None, None)

"""What a user limits to tags on the page of the authorisation server."""

import pytest

from accounts.tests.programs import Program, error_of
from notes.tests.agents import fail, use
from notes.tests.factories import make_note
from notes.tests.lists import titles

pytestmark = pytest.mark.usefixtures("on_commit")


@pytest.fixture
def program(client, alice):
    return Program(client)


@pytest.fixture
def agent(program, client):
    """A client with the access token of a grant that Alice has limited to notes with the tag "work"."""
    tokens = program.connect(tags=" work, ,work")
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens['access_token']}")
    return client


@pytest.fixture
def plan(alice):
    return make_note(owner=alice, title="Plan", tags=["work"])


@pytest.fixture
def diary(alice):
    return make_note(owner=alice, title="Diary", tags=["private"])


def test_a_program_knows_only_the_notes_that_the_user_allowed(agent, plan, diary):
    assert titles(agent.get("/notes")) == ["Plan"]
    assert agent.get(f"/notes/{plan.pk}").status_code == 200
    assert agent.get(f"/notes/{diary.pk}").status_code == 404


def test_an_agent_knows_only_the_notes_that_the_user_allowed(agent, plan, diary):
    assert [note["title"] for note in use(agent, "list_notes")["results"]] == ["Plan"]
    assert fail(agent, "read_note", id=diary.pk)["code"] == "not_found"


def test_what_a_program_creates_gets_the_tag(agent):
    assert agent.post("/notes", {"title": "Retro"}).json()["tags"] == ["work"]


@pytest.mark.parametrize(
    ("tags", "error"),
    [
        ("a,b,c,d,e,f,g,h,i", "At most 8 tags are allowed here."),
        ("work,..", "This name cannot be a tag."),
        ("w" * 65, "A tag must have 1 to 64 characters."),
    ],
)
def test_a_name_that_no_note_can_have_is_shown_on_the_page(program, tags, error):
    page = program.answer(program.ask(), tags=tags)

    assert (page.status_code, error_of(page)) == (400, error)

"""Earlier texts of a note: which are kept, and what can be done with them."""

import pytest

from notes.models import Note, Revision
from notes.tests.making import clock_of, make_note

START = "2026-01-05T09:00:00Z"
NOWHERE = "01939f5e-1d2a-7c40-8e1b-3f9a7d5c2b16"
ON_ONE = [("GET", ""), ("POST", "/restore"), ("DELETE", "")]


def kept(note):
    """The texts that are kept, the newest first."""
    return list(Revision.objects.filter(note=note).order_by("-version").values_list("content", flat=True))


def write(client, note, content):
    response = client.patch(f"/notes/{note.pk}", {"content": content})
    assert response.status_code == 200
    return response


def write_often(client, note, count):
    """As many texts, 5 minutes apart by the revisions' own time."""
    for number in range(count):
        Note.objects.filter(pk=note.pk).update(revised_at=None)
        write(client, note, f"text {number}")


@pytest.fixture
def phone(as_user, alice, time_machine):
    """Alice's phone, at nine."""
    time_machine.move_to(START, tick=False)
    return as_user(alice)


@pytest.fixture
def note(alice, phone):
    """Written on her phone."""
    return make_note(owner=alice, title="Milk", content="one", by=phone.session_row.pk)


def test_the_first_text_that_is_overwritten_is_kept(phone, note):
    write(phone, note, "two")

    assert kept(note) == ["one"]


def test_a_burst_of_typing_leaves_one_revision(phone, note, time_machine):
    write(phone, note, "two")
    time_machine.shift(299)
    write(phone, note, "three")

    assert kept(note) == ["one"]


def test_after_five_minutes_the_next_text_is_kept(phone, note, time_machine):
    write(phone, note, "two")
    time_machine.shift(300)
    write(phone, note, "three")

    assert kept(note) == ["two", "one"]


def test_five_minutes_count_from_the_last_text_that_was_kept(phone, note, time_machine):
    write(phone, note, "two")
    time_machine.shift(200)
    write(phone, note, "three")
    time_machine.shift(200)
    write(phone, note, "four!")

    assert kept(note) == ["three", "one"]


def test_what_another_device_wrote_is_kept(as_user, alice, phone, note):
    laptop = as_user(alice)
    write(phone, note, "two")
    write(laptop, note, "three")

    assert kept(note) == ["two", "one"]


def test_what_the_same_device_wrote_again_is_not_kept(as_user, alice, phone, note):
    laptop = as_user(alice)
    write(phone, note, "two")
    write(laptop, note, "three")
    write(laptop, note, "four!")

    assert kept(note) == ["two", "one"]


def test_a_text_of_which_more_than_half_is_cut_is_kept(phone, note):
    write(phone, note, "x" * 101)
    write(phone, note, "x" * 50)

    assert kept(note) == ["x" * 101, "one"]


def test_a_text_of_which_half_is_cut_is_a_step_of_typing(phone, note):
    write(phone, note, "x" * 100)
    write(phone, note, "x" * 50)

    assert kept(note) == ["one"]


def test_a_new_title_alone_keeps_the_old_one(phone, note):
    phone.patch(f"/notes/{note.pk}", {"title": "Bread"})

    assert Revision.objects.get().title == "Milk"


@pytest.mark.parametrize("body", [{"is_pinned": True}, {"is_archived": True}, {"title": "Milk", "content": "one"}])
def test_a_change_that_is_none_of_the_text_keeps_nothing(phone, note, body):
    phone.patch(f"/notes/{note.pk}", body)

    assert kept(note) == []


@pytest.mark.parametrize(
    ("verb", "body"), [("append", {"text": "!"}), ("edit", {"edits": [{"old": "one", "new": "two"}]})]
)
def test_every_way_to_change_a_text_keeps_it(phone, note, verb, body):
    phone.post(f"/notes/{note.pk}/{verb}", body)

    assert kept(note) == ["one"]


def test_the_newest_hundred_are_kept(phone, note):
    write_often(phone, note, 102)

    assert len(kept(note)) == 100
    assert kept(note)[0] == "text 100"
    assert kept(note)[-1] == "text 1"


def test_revisions_are_listed_without_content_the_newest_first(phone, note, time_machine):
    write(phone, note, "two")
    time_machine.shift(300)
    write(phone, note, "three")

    response = phone.get(f"/notes/{note.pk}/revisions")

    session = str(phone.session_row.pk)
    second = {"version": 2, "title": "Milk", "tags": [], "written_at": START, "written_by": session}
    first = {"version": 1, "title": "Milk", "tags": [], "written_at": START, "written_by": session}
    assert response.status_code == 200
    assert response.json() == {
        "results": [{**second, "kept_at": "2026-01-05T09:05:00Z"}, {**first, "kept_at": START}],
        "next": None,
    }


def test_the_pages_of_revisions_join_without_a_seam(phone, note):
    write_often(phone, note, 3)

    page = phone.get(f"/notes/{note.pk}/revisions?limit=2").json()
    rest = phone.get(page["next"]).json()

    assert [revision["version"] for revision in page["results"] + rest["results"]] == [3, 2, 1]
    assert rest["next"] is None


@pytest.mark.parametrize("count", [1, 10])
def test_revisions_take_three_queries(phone, note, count, django_assert_num_queries):
    write_often(phone, note, count)

    with django_assert_num_queries(3):
        phone.get(f"/notes/{note.pk}/revisions")


def test_a_revision_is_read_with_its_content(phone, note):
    write(phone, note, "two")

    response = phone.get(f"/notes/{note.pk}/revisions/1")

    assert response.status_code == 200
    assert response.json() == {
        "version": 1,
        "title": "Milk",
        "content": "one",
        "tags": [],
        "written_at": START,
        "written_by": str(phone.session_row.pk),
        "kept_at": START,
    }


def test_the_current_text_is_no_revision(phone, note):
    write(phone, note, "two")

    assert phone.get(f"/notes/{note.pk}/revisions/2").status_code == 404


def test_a_restored_revision_is_a_new_version(phone, note, time_machine):
    phone.patch(f"/notes/{note.pk}", {"title": "Bread", "content": "two", "is_pinned": True})
    time_machine.shift(60)

    response = phone.post(f"/notes/{note.pk}/revisions/1/restore")

    assert response.status_code == 200
    assert response.headers["ETag"] == '"3"'
    assert response.json().items() >= {"title": "Milk", "content": "one", "is_pinned": True, "version": 3}.items()
    assert response.json()["updated_at"] == "2026-01-05T09:01:00Z"
    assert phone.get(f"/notes/{note.pk}").json() == response.json()


def test_restoring_a_revision_keeps_what_it_replaces(phone, note):
    write(phone, note, "two")

    phone.post(f"/notes/{note.pk}/revisions/1/restore")

    assert kept(note) == ["two", "one"]


def test_restoring_the_text_that_is_there_changes_nothing(phone, note):
    write(phone, note, "two")
    write(phone, note, "one")

    response = phone.post(f"/notes/{note.pk}/revisions/1/restore")

    assert response.status_code == 200
    assert response.json()["version"] == clock_of(note.owner) == 3


def test_a_forgotten_revision_is_gone(phone, note):
    write(phone, note, "two")

    response = phone.delete(f"/notes/{note.pk}/revisions/1")

    assert response.status_code == 204
    assert response.content == b""
    assert kept(note) == []


def test_forgetting_a_revision_moves_the_clock_and_not_the_note(phone, note):
    version = write(phone, note, "two").json()["version"]

    phone.delete(f"/notes/{note.pk}/revisions/1")

    assert phone.get(f"/notes/{note.pk}").json()["version"] == version == 2
    assert clock_of(note.owner) == 3


def test_a_revision_that_is_gone_meanwhile_is_not_forgotten_again(alice, phone, note):
    write(phone, note, "two")
    seen = Revision.objects.get()
    phone.delete(f"/notes/{note.pk}/revisions/1")

    with pytest.raises(Revision.DoesNotExist):
        seen.forget(alice.pk)

    assert clock_of(alice) == 3


def test_a_text_that_was_forgotten_meanwhile_is_not_brought_back(alice, phone, note):
    write(phone, note, "two")
    seen = Note.objects.get()
    phone.delete(f"/notes/{note.pk}/revisions/1")

    with pytest.raises(Revision.DoesNotExist):
        seen.return_to(1)

    assert Note.objects.get().content == "two"
    assert clock_of(alice) == 3


@pytest.mark.parametrize(("method", "verb"), ON_ONE)
@pytest.mark.parametrize("version", ["2", "0", "99", "9" * 30, "9" * 5000, "x", "-1", "1.0"])
def test_a_revision_that_does_not_exist_is_not_there(phone, note, method, verb, version):
    write(phone, note, "two")

    assert phone.generic(method, f"/notes/{note.pk}/revisions/{version}{verb}").status_code == 404
    assert clock_of(note.owner) == 2


@pytest.mark.parametrize(("method", "verb"), ON_ONE)
def test_a_revision_of_another_note_is_not_there(alice, phone, note, method, verb):
    write(phone, note, "two")
    other = make_note(owner=alice, title="Bread")

    assert phone.generic(method, f"/notes/{other.pk}/revisions/1{verb}").status_code == 404


@pytest.mark.parametrize(("method", "verb"), [("GET", ""), *[(method, f"/1{verb}") for method, verb in ON_ONE]])
def test_a_stranger_cannot_tell_that_a_note_has_revisions(as_user, mallory, phone, note, method, verb):
    write(phone, note, "two")
    client = as_user(mallory)

    existing = client.generic(method, f"/notes/{note.pk}/revisions{verb}", headers={"X-Request-ID": "same"})
    missing = client.generic(method, f"/notes/{NOWHERE}/revisions{verb}", headers={"X-Request-ID": "same"})

    assert existing.status_code == 404
    assert (existing.content, existing.headers) == (missing.content, missing.headers)
    assert kept(note) == ["one"]


@pytest.mark.parametrize(("method", "verb"), [("GET", ""), *[(method, f"/1{verb}") for method, verb in ON_ONE]])
def test_the_revisions_of_a_deleted_note_wait_for_its_return(phone, note, method, verb):
    write(phone, note, "two")
    phone.delete(f"/notes/{note.pk}")

    assert phone.generic(method, f"/notes/{note.pk}/revisions{verb}").status_code == 404
    assert kept(note) == ["one"]

"""What holds for every entity tag, cursor and merge patch there could be."""

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from accounts.models import Clock
from notes.cursor import Cursor, CursorExpired
from notes.serializers.notes import NotePatchSerializer
from notes.tests.making import make_note
from notes_api.conditional import Preconditions, names, strong_etag

VERSIONS = st.integers(1, 2**53)
FORMS = st.sampled_from(['"{}"', 'W/"{}"', "{}", "W/{}"])
SPACES = st.sampled_from(["", " ", "\t", "  "])
COMMAS = st.builds("{},{}".format, SPACES, SPACES)
IDS = st.uuids()
WITH_DATABASE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
NOTES = st.fixed_dictionaries(
    {
        "title": TEXTS.filter(bool),
        "content": TEXTS,
        "is_pinned": st.booleans(),
        "is_archived": st.booleans(),
    }
)
PATCHES = st.fixed_dictionaries(
    {},
    optional={
        "title": TEXTS.filter(bool),
        "content": st.none() | TEXTS,
        "is_pinned": st.none() | st.booleans(),
        "is_archived": st.none() | st.booleans(),
    },
)
DEFAULTS = {"content": "", "is_pinned": False, "is_archived": False}


@st.composite
def headers(draw):
    """A list of entity tags in whatever form, and the versions it names."""
    versions = draw(st.lists(VERSIONS, min_size=1, max_size=5))
    tags = [draw(FORMS).format(version) for version in versions]
    return draw(SPACES) + draw(COMMAS).join(tags) + draw(SPACES), versions


@given(headers(), VERSIONS)
def test_a_header_names_the_versions_in_it_and_no_other(header, other):
    text, versions = header

    assert [version for version in versions if not names(text, strong_etag(version))] == []
    assert names(text, strong_etag(other)) == (other in versions)


@given(st.text(max_size=40), VERSIONS)
def test_whatever_a_header_holds_is_no_error(text, version):
    assume(str(version) not in text)

    assert names(text, strong_etag(version)) == (text.strip() == "*")


@given(headers(), VERSIONS)
def test_if_match_and_if_none_match_never_both_allow(header, version):
    text, _ = header

    assert Preconditions(if_match=text).allow(version) != Preconditions(if_none_match=text).allow(version)


@given(headers(), VERSIONS)
def test_a_guard_that_both_headers_make_is_the_stricter(header, version):
    text, _ = header

    assert not Preconditions(if_match=text, if_none_match=text).allow(version)


@given(IDS, VERSIONS, st.none() | IDS, st.integers(0, 2**53))
def test_a_cursor_reads_as_it_was_written(user_id, version, note_id, floor):
    cursor = Cursor(user_id, version, note_id, floor)

    assert Cursor.decode(str(cursor), Clock(user_id=user_id, value=2**60, sync_floor=floor)) == cursor


@given(IDS, VERSIONS, st.integers(0, 200), st.characters(min_codepoint=33, max_codepoint=126))
def test_a_cursor_with_another_character_is_void(user_id, version, position, character):
    text = str(Cursor(user_id, version, None, 0))
    position %= len(text)
    assume(text[position] != character)

    with pytest.raises(CursorExpired):
        Cursor.decode(text[:position] + character + text[position + 1 :], Clock(user_id=user_id))


@given(st.text(max_size=100))
def test_whatever_a_cursor_holds_is_no_error(text):
    with pytest.raises(CursorExpired):
        Cursor.decode(text, Clock())


@given(IDS, st.integers(0, 100), st.integers(0, 100), st.integers(0, 100))
def test_a_cursor_is_void_if_and_only_if_more_is_forgotten_than_it_began_with(user_id, version, began, floor):
    text = str(Cursor(user_id, version, None, began))
    clock = Clock(user_id=user_id, value=200, sync_floor=floor)

    assert is_void(text, clock) == (floor > version and floor > began)


def is_void(text, clock):
    try:
        Cursor.decode(text, clock)
    except CursorExpired:
        return True
    return False


@given(IDS, IDS, VERSIONS)
def test_a_cursor_of_another_account_is_void(user_id, other_id, version):
    assume(user_id != other_id)

    with pytest.raises(CursorExpired):
        Cursor.decode(str(Cursor(user_id, version, None, 0)), Clock(user_id=other_id))


@WITH_DATABASE
@given(st.text(max_size=60))
def test_whatever_the_cursor_of_a_list_holds_is_refused(as_user, alice, text):
    assume(text)

    response = as_user(alice).get("/notes", {"cursor": text})

    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == "cursor"


def merged(note, patch):
    """RFC 7396, for members that have a default instead of being removed."""
    return {**note, **{name: DEFAULTS[name] if value is None else value for name, value in patch.items()}}


@WITH_DATABASE
@given(NOTES, PATCHES)
def test_a_patch_is_merged(as_user, alice, values, patch):
    note = make_note(owner=alice, **values)

    response = as_user(alice).patch(f"/notes/{note.pk}", patch)

    assert response.status_code == 200
    assert response.json().items() >= merged(values, patch).items()
    assert (response.json()["version"] != note.version) == (merged(values, patch) != values)


@WITH_DATABASE
@given(NOTES, PATCHES)
def test_a_patch_merged_twice_is_merged_once(as_user, alice, values, patch):
    note = make_note(owner=alice, **values)
    client = as_user(alice)

    first = client.patch(f"/notes/{note.pk}", patch).json()

    assert client.patch(f"/notes/{note.pk}", patch).json() == first


@given(PATCHES)
def test_a_patch_holds_only_what_was_given(patch):
    serializer = NotePatchSerializer(data=patch)

    assert serializer.is_valid()
    assert serializer.validated_data.keys() == patch.keys()

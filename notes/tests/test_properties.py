"""What holds for any entity tag, cursor and merge patch."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from accounts.models import Clock
from conftest import EXAMPLES
from notes.exceptions import CursorExpired
from notes.lists.sync_cursor import SyncCursor
from notes.serializers.notes import NotePatchSerializer
from notes.tests.factories import make_note
from notes_api.rest.conditional import Preconditions, includes_etag, strong_etag

VERSIONS = st.integers(1, 2**53)
FORMS = st.sampled_from(['"{}"', 'W/"{}"', "{}", "W/{}"])
SPACES = st.sampled_from(["", " ", "\t", "  "])
COMMAS = st.builds("{},{}".format, SPACES, SPACES)
IDS = st.uuids()
WITH_DATABASE = settings(max_examples=max(12, EXAMPLES // 4))

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
    """Draw a list of entity tags in any form, and the versions it names."""
    versions = draw(st.lists(VERSIONS, min_size=1, max_size=5))
    tags = [draw(FORMS).format(version) for version in versions]
    return draw(SPACES) + draw(COMMAS).join(tags) + draw(SPACES), versions


@given(headers(), VERSIONS)
def test_a_header_names_the_versions_in_it_and_no_other(header, other):
    text, versions = header

    assert [version for version in versions if not includes_etag(text, strong_etag(version))] == []
    assert includes_etag(text, strong_etag(other)) == (other in versions)


@given(st.text(max_size=40), VERSIONS)
def test_any_other_text_in_a_header_names_no_version(text, version):
    assume(str(version) not in text)

    assert includes_etag(text, strong_etag(version)) == (text.strip() == "*")


@given(headers(), VERSIONS)
def test_if_match_and_if_none_match_never_both_allow_a_version(header, version):
    text, _ = header

    assert Preconditions(if_match=text).allow(version) != Preconditions(if_none_match=text).allow(version)


@given(headers(), VERSIONS)
def test_both_headers_together_allow_nothing(header, version):
    text, _ = header

    assert not Preconditions(if_match=text, if_none_match=text).allow(version)


@given(IDS, VERSIONS, st.none() | IDS, st.integers(0, 2**53))
def test_a_cursor_is_decoded_as_it_was_encoded(user_id, version, note_id, floor):
    cursor = SyncCursor(user_id, version, note_id, floor)

    assert SyncCursor.decode(str(cursor), Clock(user_id=user_id, value=2**60, sync_floor=floor)) == cursor


@given(IDS, VERSIONS, st.integers(0, 200), st.characters(min_codepoint=33, max_codepoint=126))
def test_an_altered_cursor_is_rejected(user_id, version, position, character):
    text = str(SyncCursor(user_id, version, None, 0))
    position %= len(text)
    assume(text[position] != character)

    with pytest.raises(CursorExpired):
        SyncCursor.decode(text[:position] + character + text[position + 1 :], Clock(user_id=user_id))


@given(st.text(max_size=100))
def test_any_other_text_is_rejected_as_a_cursor(text):
    with pytest.raises(CursorExpired):
        SyncCursor.decode(text, Clock())


@given(IDS, st.integers(0, 100), st.integers(0, 100), st.integers(0, 100))
def test_a_cursor_expires_if_and_only_if_tombstones_after_it_were_removed(user_id, version, began, floor):
    text = str(SyncCursor(user_id, version, None, began))
    clock = Clock(user_id=user_id, value=200, sync_floor=floor)

    assert has_expired(text, clock) == (floor > version and floor > began)


def has_expired(text, clock):
    try:
        SyncCursor.decode(text, clock)
    except CursorExpired:
        return True
    return False


@given(IDS, IDS, VERSIONS)
def test_a_cursor_of_another_account_is_rejected(user_id, other_id, version):
    assume(user_id != other_id)

    with pytest.raises(CursorExpired):
        SyncCursor.decode(str(SyncCursor(user_id, version, None, 0)), Clock(user_id=other_id))


@WITH_DATABASE
@given(st.text(max_size=60))
def test_any_other_text_is_rejected_as_a_cursor_of_a_list(as_user, alice, text):
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
def test_applying_a_patch_twice_equals_applying_it_once(as_user, alice, values, patch):
    note = make_note(owner=alice, **values)
    client = as_user(alice)

    first = client.patch(f"/notes/{note.pk}", patch).json()

    assert client.patch(f"/notes/{note.pk}", patch).json() == first


@given(PATCHES)
def test_a_patch_holds_only_what_was_given(patch):
    serializer = NotePatchSerializer(data=patch)

    assert serializer.is_valid()
    assert serializer.validated_data.keys() == patch.keys()

"""Any account that is exported and imported into an empty one is exported as the same."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from types import SimpleNamespace
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from notes.models import Import, Note, Revision, TagCount
from notes.search.search_columns import add_search_columns
from notes.tests.exports import opened
from notes.transfer.exports.archive import Progress, export_account
from notes.transfer.exports.ndjson import NOTE_MEMBERS, as_json
from notes.transfer.imports.runner import run_import
from notes_api.rest.tag_names import clean_tags

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40)
TITLES = TEXTS.filter(bool) | st.sampled_from(["Milk", "milk", "MILK", "..", "con", "a/b", "x" * 255])
TAGS = st.lists(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=8), max_size=4, unique=True)


def times(microseconds):
    return st.integers(0, microseconds).map(lambda number: EPOCH + timedelta(microseconds=number))


TIMES = times(4_000_000_000_000_000)
# A note cannot have been moved to the trash in the future.
PAST_TIMES = times(1_750_000_000_000_000)
TEXT = {"title": TITLES, "content": TEXTS, "tags": TAGS}
REVISIONS = st.lists(st.fixed_dictionaries({**TEXT, "written_at": TIMES, "kept_at": TIMES}), max_size=3)
NOTE = {
    **TEXT,
    "is_pinned": st.booleans(),
    "is_archived": st.booleans(),
    "created_at": TIMES,
    "updated_at": TIMES,
    "trashed_at": st.none() | PAST_TIMES,
}
ACCOUNTS = st.lists(st.tuples(st.fixed_dictionaries(NOTE), REVISIONS), max_size=6)

UNINTERRUPTED = SimpleNamespace(before_group=lambda: None, in_transaction=lambda: None)


def normal(values):
    """Tags are stored in NFC."""
    return {**values, "tags": clean_tags(values["tags"])}


def fill(user, account):
    for values, revisions in account:
        note = Note(id=uuid4(), owner=user, version=len(revisions) + 1, **add_search_columns(normal(values)))
        note.save(force_insert=True)
        for number, revision in enumerate(revisions, 1):
            Revision.objects.create(note=note, version=number, **normal(revision))


def archive_of(user):
    output = BytesIO()
    export_account(user.pk, output, Progress())
    return output.getvalue()


def new_account():
    return User.objects.create_user(f"{uuid4().hex}@example.com")


def test_the_notes_of_a_round_trip_have_every_member_that_is_exported():
    assert NOTE.keys() == set(NOTE_MEMBERS) - {"id"}


@given(ACCOUNTS)
def test_an_account_is_the_same_after_a_round_trip(account):
    first, second = new_account(), new_account()
    fill(first, account)
    archive = archive_of(first)
    lines = opened(archive).read("notes.ndjson")
    assert lines == b"".join(as_json(note) for note in Note.objects.owned_by(first).order_by("pk"))
    # The ids are free.
    User.objects.filter(pk=first.pk).delete()

    imported = Import.objects.create(user=second, format="cloud-notes", name="notes.zip")
    run_import(imported, BytesIO(archive), UNINTERRUPTED)

    assert opened(archive_of(second)).read("notes.ndjson") == lines
    assert TagCount.objects.is_right_for(second.pk, Note.objects.owned_by(second).active())
    assert not Note.objects.newer_than_clock().exists()

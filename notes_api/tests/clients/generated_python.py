"""Uses the server with the Python client that openapi-generator makes: `python generated_python.py URL EMAIL`."""

import sys

import cloud_notes
from cloud_notes.models.append_operation_request import AppendOperationRequest
from cloud_notes.models.batch_operation_request import BatchOperationRequest
from cloud_notes.models.create_operation_request import CreateOperationRequest
from cloud_notes.models.delete_operation_request import DeleteOperationRequest
from cloud_notes.models.note_receipt import NoteReceipt
from cloud_notes.models.trash_change import TrashChange

PASSWORD = "a long quiet walk 7"  # of an account that only this run uses
url, email = sys.argv[1:]


def connect(token=None):
    return cloud_notes.ApiClient(cloud_notes.Configuration(host=url, access_token=token))


public = connect()
user = cloud_notes.AccountsApi(public).register_user({"email": email, "password": PASSWORD})
assert user.email == email
tokens = cloud_notes.LoginApi(public).login({"username": email, "password": PASSWORD})
client = connect(tokens.access_token)
notes, sync = cloud_notes.NotesApi(client), cloud_notes.SyncApi(client)


def create(title, **members):
    return notes.create_note(cloud_notes.NoteRequest(title=title, **members)).actual_instance


# Create, update, and the conflict of a second device
note = create("Groceries", content="milk\n", tags=["home"])
assert (note.content, note.tags, note.is_pinned) == ("milk\n", ["home"], False)
seen = f'"{note.version}"'
pinned = notes.update_note(note.id, if_match=seen, note_patch_request=cloud_notes.NotePatchRequest(is_pinned=True))
assert (pinned.is_pinned, pinned.version > note.version) == (True, True)
try:
    notes.update_note(note.id, if_match=seen, note_patch_request=cloud_notes.NotePatchRequest(title="Jam"))
except cloud_notes.ApiException as error:
    conflict = error.data
assert (conflict.status, conflict.current.version, conflict.current.title) == (412, pinned.version, "Groceries")
appended = notes.append_to_note(note.id, append_request=cloud_notes.AppendRequest(text="eggs\n")).actual_instance
assert appended.content == "milk\neggs\n"
(earlier,) = cloud_notes.RevisionsApi(client).list_revisions(note.id).results
assert (earlier.version, earlier.tags) == (pinned.version, ["home"])
assert [(tag.name, tag.count) for tag in cloud_notes.TagsApi(client).list_tags().results] == [("home", 1)]

# Pages and search
for title in ("Bread", "Jam", "Tea"):
    create(title)


def list_notes(**query):
    """Return a page and its notes, which could be parts of notes with `fields`."""
    page = notes.list_notes(**query)
    return page, [each.actual_instance for each in page.results]


page, listed = list_notes(limit=3, count=True, ordering="title")
assert (page.total, [each.title for each in listed]) == (4, ["Bread", "Groceries", "Jam"])
last, listed_last = list_notes(limit=3, count=True, ordering="title", cursor=page.next_cursor)
assert ([each.title for each in listed_last], last.next_cursor) == (["Tea"], None)
_, (found,) = list_notes(q="eggs")
assert (found.id, found.match.ranges != []) == (note.id, True)

# Batches and sync
operations = [
    CreateOperationRequest(note=cloud_notes.NoteRequest(title="Cheese"), op="create"),
    AppendOperationRequest(id=note.id, op="append", text="ham\n", if_version=note.version),
    DeleteOperationRequest(id=listed[0].id, op="delete"),
]
batch = cloud_notes.BatchRequest(operations=[BatchOperationRequest(each) for each in operations])
created, stale, deleted = sync.batch_notes(batch).results
assert (created.status, created.note.actual_instance.title, deleted.status) == (201, "Cheese", 204)
assert (stale.status, stale.problem.current.content) == (412, "milk\neggs\n")
changes, cursor, has_more = [], None, True
while has_more:
    feed = sync.list_changes(limit=2, since=cursor)
    changes, cursor, has_more = changes + [each.actual_instance for each in feed.changes], feed.next, feed.has_more
upserted = [each.note.actual_instance.title for each in changes if each.op == "upsert"]
assert sorted(upserted) == ["Cheese", "Groceries", "Jam", "Tea"]
assert [each.note.actual_instance.title for each in changes if isinstance(each, TrashChange)] == ["Bread"]
notes.delete_note(note.id)
try:
    notes.get_note(note.id)
except cloud_notes.ApiException as error:
    missing = error.data
assert (missing.status, missing.code) == (404, "not_found")

# A token that may only add gets receipts
token = cloud_notes.APITokensApi(client).create_token({"name": "Form", "scopes": ["notes:append"]})
form = cloud_notes.NotesApi(connect(token.token))
receipt = form.create_note(cloud_notes.NoteRequest(title="From a form")).actual_instance
assert isinstance(receipt, NoteReceipt)
assert receipt.version > note.version
cloud_notes.LoginApi(client).logout()

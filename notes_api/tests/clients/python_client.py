"""Uses the server with the client that openapi-python-client makes: `python python_client.py URL EMAIL`."""

import sys

from notes_client import AuthenticatedClient, Client
from notes_client.api.accounts import register_user
from notes_client.api.api_tokens import create_token
from notes_client.api.login import login, logout
from notes_client.api.notes import append_to_note, create_note, delete_note, get_note, list_notes, update_note
from notes_client.api.revisions import list_revisions
from notes_client.api.sync import batch_notes, list_changes
from notes_client.api.tags import list_tags
from notes_client.models import (
    ApiTokenRequest,
    ApiTokenRequestScopesItem,
    AppendOperationRequest,
    AppendOperationRequestOp,
    AppendRequest,
    BatchRequest,
    Conflict,
    CreateOperationRequest,
    CreateOperationRequestOp,
    DeleteOperationRequest,
    DeleteOperationRequestOp,
    ListNotesOrdering,
    LoginRequest,
    LogoutRequest,
    Note,
    NotePatchRequest,
    NoteReceipt,
    NoteRequest,
    RegistrationRequest,
    TrashChange,
    UpsertChange,
)

PASSWORD = "a long quiet walk 7"  # of an account that only this run uses
url, email = sys.argv[1:]

public = Client(url)
user = register_user.sync(client=public, body=RegistrationRequest(email, PASSWORD))
assert user.email == email
tokens = login.sync(client=public, body=LoginRequest(email, PASSWORD))
client = AuthenticatedClient(url, tokens.access_token)

# Create, update, and the conflict of a second device
note = create_note.sync(client=client, body=NoteRequest("Groceries", content="milk\n", tags=["home"]))
assert isinstance(note, Note)
assert (note.content, note.tags, note.is_pinned) == ("milk\n", ["home"], False)
seen = f'"{note.version}"'
pinned = update_note.sync(note.id, client=client, body=NotePatchRequest(is_pinned=True), if_match=seen)
assert (pinned.is_pinned, pinned.version > note.version) == (True, True)
conflict = update_note.sync(note.id, client=client, body=NotePatchRequest(title="Jam"), if_match=seen)
assert isinstance(conflict, Conflict)
assert (conflict.code, conflict.current.version, conflict.current.title) == (
    "precondition_failed",
    pinned.version,
    "Groceries",
)
appended = append_to_note.sync(note.id, client=client, body=AppendRequest("eggs\n"))
assert appended.content == "milk\neggs\n"
(earlier,) = list_revisions.sync(note.id, client=client).results
assert (earlier.version, earlier.tags) == (pinned.version, ["home"])
assert [(tag.name, tag.count) for tag in list_tags.sync(client=client).results] == [("home", 1)]

# Pages and search
for title in ("Bread", "Jam", "Tea"):
    create_note.sync(client=client, body=NoteRequest(title))
page = list_notes.sync(client=client, limit=3, count=True, ordering=ListNotesOrdering.TITLE)
assert (page.total, [each.title for each in page.results]) == (4, ["Bread", "Groceries", "Jam"])
last = list_notes.sync(client=client, limit=3, count=True, ordering=ListNotesOrdering.TITLE, cursor=page.next_cursor)
assert ([each.title for each in last.results], last.next_cursor) == (["Tea"], None)
(found,) = list_notes.sync(client=client, q="eggs").results
assert (found.id, found.match.ranges != []) == (note.id, True)

# Batches and sync
operations = [
    CreateOperationRequest(note=NoteRequest("Cheese"), op=CreateOperationRequestOp.CREATE),
    AppendOperationRequest(id=note.id, op=AppendOperationRequestOp.APPEND, text="ham\n", if_version=note.version),
    DeleteOperationRequest(id=page.results[0].id, op=DeleteOperationRequestOp.DELETE),
]
created, stale, deleted = batch_notes.sync(client=client, body=BatchRequest(operations)).results
assert (created.status, created.note.title, deleted.status) == (201, "Cheese", 204)
assert (stale.status, stale.problem.current.content) == (412, "milk\neggs\n")
changes, cursor, has_more = [], "", True
while has_more:
    feed = list_changes.sync(client=client, limit=2, **({"since": cursor} if cursor else {}))
    changes, cursor, has_more = changes + feed.changes, feed.next_, feed.has_more
assert sorted(change.note.title for change in changes if isinstance(change, UpsertChange)) == [
    "Cheese",
    "Groceries",
    "Jam",
    "Tea",
]
assert [change.note.title for change in changes if isinstance(change, TrashChange)] == ["Bread"]
assert delete_note.sync_detailed(note.id, client=client).status_code == 204
assert get_note.sync(note.id, client=client).code == "not_found"

# A token that may only add gets receipts
token = create_token.sync(client=client, body=ApiTokenRequest("Form", [ApiTokenRequestScopesItem.NOTESAPPEND]))
form = AuthenticatedClient(url, token.token)
receipt = create_note.sync(client=form, body=NoteRequest("From a form"))
assert isinstance(receipt, NoteReceipt)
assert receipt.version > note.version
assert logout.sync_detailed(client=client, body=LogoutRequest()).status_code == 204

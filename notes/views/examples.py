"""The examples in the OpenAPI document. For a list, each names one item, and drf-spectacular adds the page."""

from drf_spectacular.utils import OpenApiExample

from notes_api.rest.operation import request_example, response_example

AUTHOR = {"kind": "token", "id": "01939f5d-9a10-7e21-b4c6-2d8f0a1b3c5d", "name": "Shopping list"}
GROCERIES = {
    "id": "01939f5e-1d2a-7c40-8e1b-3f9a7d5c2b16",
    "owner_id": "01939f5d-6c1e-7b0a-9d3f-5a1c2e4b6d80",
    "title": "Groceries",
    "content": "milk\neggs\n",
    "tags": ["home"],
    "is_pinned": False,
    "is_archived": False,
    "version": 42,
    "created_at": "2026-01-05T09:15:00.120000Z",
    "updated_at": "2026-01-06T18:02:11.480000Z",
    "changed_by": AUTHOR,
}
CREATED = {**GROCERIES, "content": "milk\n", "version": 41, "updated_at": GROCERIES["created_at"]}
REPLACEMENT = {"title": "Groceries", "content": "milk\neggs\n", "tags": ["home"]}
TRASHED = {**GROCERIES, "version": 43, "trashed_at": "2026-01-07T08:00:00Z"}
REVISION = {
    "version": 41,
    "title": "Groceries",
    "content": "milk\n",
    "tags": ["home"],
    "written_at": "2026-01-05T09:15:00.120000Z",
    "written_by": AUTHOR["id"],
    "changed_by": AUTHOR,
    "kept_at": "2026-01-06T18:02:11.480000Z",
}
DIFF = "--- content\tversion 41\n+++ content\tversion 42\n@@ -1 +1,2 @@\n milk\n+eggs\n"
HOME = {"name": "home", "count": 12}
CURSOR = "WyIwMTkzOWY1ZDZjMWU3YjBhOWQzZjVhMWMyZTRiNmQ4MCIsNDQsIiIsMF0:c2lnbmF0dXJl"
CHANGES = {
    "changes": [
        {"op": "upsert", "note": GROCERIES},
        {"op": "trash", "note": TRASHED},
        {"op": "delete", "id": "01939f60-42b7-7d11-9c0e-8a6b5d4f3e2c", "version": 44,
         "deleted_at": "2026-02-06T08:00:00Z", "changed_by": None},
    ],
    "next": CURSOR,
    "next_cursor": CURSOR,
    "has_more": False,
}  # fmt: skip
BATCH = {
    "operations": [
        {"op": "create", "id": GROCERIES["id"], "note": {"title": "Groceries", "content": "milk\n"}},
        {"op": "update", "id": "01939f5f-7b3c-7e55-a2d4-6c8e0f1a2b3d", "if_version": 40, "note": {"is_pinned": True}},
    ]
}
BATCH_RESULTS = {
    "applied": True,
    "results": [
        {"status": 201, "note": CREATED},
        {
            "status": 404,
            "problem": {
                "type": "about:blank",
                "title": "Not Found",
                "status": 404,
                "detail": "The resource does not exist or belongs to another user.",
                "code": "not_found",
                "request_id": "01a20412035e759d92ddfaa0b9fd944f",
                "errors": [],
            },
        },
    ],
}
IMPORT = {
    "id": "01939f62-64d9-7b33-9e20-ac8d7f6b5a4e",
    "status": "done",
    "format": "keep",
    "dry_run": False,
    "created_at": "2026-01-07T08:00:00Z",
    "finished_at": "2026-01-07T08:00:01Z",
    "expires_at": "2026-01-14T08:00:00Z",
    "problem": None,
    "counts": {"created": 1, "unchanged": 0, "skipped": 1, "failed": 0},
    "items": [
        {"source": "Takeout/Keep/Groceries.json", "status": "created", "note_id": GROCERIES["id"], "problem": None},
        {"source": "Takeout/Keep/Ideas.json", "status": "skipped", "note_id": "01939f5f-7b3c-7e55-a2d4-6c8e0f1a2b3d",
         "problem": {"code": "changed_since",
                     "detail": "You have a note with this id that differs. It was left as it is."}},
    ],
    "next": None,
}  # fmt: skip
EXPORT = {
    "id": "01939f61-53c8-7a22-8d1f-9b7c6e5a4f3d",
    "status": "running",
    "created_at": "2026-01-07T08:00:00Z",
    "expires_at": "2026-01-07T14:00:00Z",
    "notes": 12000,
}
UNDONE = {
    "undone": [{"id": GROCERIES["id"]}],
    "skipped": [{"id": "01939f5f-7b3c-7e55-a2d4-6c8e0f1a2b3d", "reason": "changed_by_others"}],
    "next_cursor": None,
}
EVENT = f"event: change\nid: {CHANGES['next']}\ndata: {{}}\n\n"


def markdown_example(status: int, content: str) -> OpenApiExample:
    return response_example(status, "Content only", content, "text/markdown")


def archive_example(status: int) -> OpenApiExample:
    return response_example(status, "An archive", "(the bytes of a zip archive)", "application/zip")


SAVED_NOTE = [response_example(200, "Groceries", GROCERIES)]
GET_NOTE = [*SAVED_NOTE, markdown_example(200, "milk\neggs\n")]
LIST_NOTES = SAVED_NOTE
CREATE_NOTE = [
    request_example("Groceries", {"title": "Groceries", "content": "milk\n"}),
    response_example(201, "Groceries", CREATED),
]
REPLACE_NOTE = [
    request_example("Groceries", REPLACEMENT),
    *GET_NOTE,
    response_example(201, "Groceries", CREATED),
    markdown_example(201, "milk\n"),
]
UPDATE_NOTE = [request_example("Pin it", {"is_pinned": True}), *GET_NOTE]
APPEND_TO_NOTE = [
    request_example("One more line", {"text": "eggs\n"}, "application/json"),
    request_example("Plain text", "eggs\n", "text/markdown"),
    *SAVED_NOTE,
]
EDIT_NOTE = [request_example("Oat milk", {"edits": [{"old": "milk\n", "new": "oat milk\n"}]}), *SAVED_NOTE]
LIST_TRASH = [response_example(200, "Groceries", TRASHED)]
GET_TRASHED_NOTE = [response_example(200, "Groceries", TRASHED), markdown_example(200, "milk\n")]
LIST_REVISIONS = [
    response_example(200, "Groceries", {name: value for name, value in REVISION.items() if name != "content"})
]
GET_REVISION = [response_example(200, "Groceries", REVISION)]
LIST_TAGS = [response_example(200, "Home", HOME)]
RENAME_TAG = [
    request_example("Home", {"name": "home"}),
    response_example(200, "Home", HOME),
]
LIST_CHANGES = [response_example(200, "One of each", CHANGES)]
STREAM_CHANGES = [response_example(200, "A change", EVENT, "text/event-stream")]
BATCH_NOTES = [request_example("Two operations", BATCH), response_example(200, "Two operations", BATCH_RESULTS)]
EXPORT_ACCOUNT = [archive_example(200), response_example(202, "A large account", EXPORT)]
GET_EXPORT = [archive_example(200), archive_example(206), response_example(202, "Being made", EXPORT)]
IMPORT_NOTES = [
    response_example(200, "A small input", IMPORT),
    response_example(202, "A large input", {**IMPORT, "status": "waiting", "finished_at": None, "items": []}),
]
GET_IMPORT = [response_example(200, "Done", IMPORT)]
UNDO_TOKEN = [
    request_example("Since the morning", {"since": "2026-01-06T09:00:00Z"}),
    response_example(200, "One note was put back", UNDONE),
]
DIFF_REVISION = [
    response_example(200, "One more line", {"from": 41, "to": 42, "diff": DIFF}),
    response_example(200, "Diff only", DIFF, "text/x-diff"),
]

"""The tools. Their descriptions are written for models."""

from functools import lru_cache

from accounts.models.credential import Credential
from accounts.scopes import Scope
from notes.mcp import results
from notes.mcp.arguments import (
    PAGE_SIZE,
    AppendArguments,
    KeyArguments,
    OptionalVersionArguments,
    ReadArguments,
    VersionArguments,
)
from notes.mcp.tool import Hints, Tool
from notes.views.content import AppendView, EditView
from notes.views.notes import NoteViewSet
from notes.views.trash import TrashViewSet
from notes_api.rest.json_types import JSONObject

READING = Hints(is_read_only=True)
ADDING = Hints()
# A second call with the same version is refused, so it changes nothing.
REPLACING = Hints(is_destructive=True, is_idempotent=True)

FILTERS = ("tag", "is_pinned", "is_archived", "created_after", "created_before", "updated_after", "updated_before")
PAGE = ("limit", "cursor")
SETTABLE = ("tags", "is_pinned", "is_archived")
# What a search and the trash read. A list needs the contents for its snippets, and whole notes are rendered faster.
FOUND = ",".join((*results.LISTED, "match"))
TRASHED = ",".join(results.TRASHED)

TOOLS = (
    Tool(
        "search_notes",
        "Search notes",
        "Find notes by their words, best match first. Returns id, title, tags, version and a snippet of each, not the "
        'content. Use it when you know what the note says. `q`: words, "a phrase", -not, or, word*.',
        view=NoteViewSet,
        action="list",
        route="GET /notes",
        members=("q", *FILTERS, "ordering", *PAGE),
        required=("q",),
        query={"fields": FOUND, "limit": str(PAGE_SIZE)},
        result=results.SEARCH,
        hints=READING,
    ),
    Tool(
        "list_notes",
        "List notes",
        "List notes, most recently changed first, optionally by tag, flag or time. Returns id, title, tags, version "
        "and the beginning of each, not the content. Archived notes are included only with is_archived=any.",
        view=NoteViewSet,
        action="list",
        route="GET /notes",
        members=(*FILTERS, "ordering", *PAGE),
        query={"limit": str(PAGE_SIZE)},
        result=results.LIST,
        hints=READING,
    ),
    Tool(
        "read_note",
        "Read a note",
        "Read the content of a note, in Markdown, with its version. A long content comes in parts: while "
        "remaining_chars is not 0, call again with a higher offset. Read a note before you edit or replace it.",
        view=NoteViewSet,
        action="retrieve",
        route="GET /notes/{id}",
        arguments=ReadArguments,
        result=results.PART,
        hints=READING,
    ),
    Tool(
        "create_note",
        "Create a note",
        "Create a note. If you may have to retry, send an idempotency_key, or there may be two notes.",
        view=NoteViewSet,
        action="create",
        route="POST /notes",
        arguments=KeyArguments,
        members=("title", "content", *SETTABLE),
        result=results.NOTE,
        hints=ADDING,
    ),
    Tool(
        "append_to_note",
        "Append to a note",
        "Add text to the end of a note, for logs and lists. Nothing is overwritten, so it needs no version. Begin the "
        "text with a line break if it is to start a new line. If you may have to retry, send an idempotency_key.",
        view=AppendView,
        action="append",
        route="POST /notes/{id}/append",
        arguments=AppendArguments,
        members=("text",),
        result=results.NOTE,
        hints=ADDING,
    ),
    Tool(
        "edit_note",
        "Edit passages of a note",
        "Change passages of a note and leave the rest as it is. Each `old` is an exact quotation that occurs once. "
        "Prefer it to replace_note. Needs the version that you read: if someone has changed the note since, or a "
        "passage is not found, nothing changes.",
        view=EditView,
        action="edit",
        route="POST /notes/{id}/edit",
        arguments=VersionArguments,
        members=("edits",),
        result=results.NOTE,
        hints=REPLACING,
    ),
    Tool(
        "replace_note",
        "Replace the text of a note",
        "Replace the whole content of a note, and its title if you send one. Tags and flags stay. Use it only for a "
        "rewrite of a note that you have read completely. Needs the version that you read: if someone has changed the "
        "note since, nothing changes. The earlier text is kept as a revision as far as the server's rules say.",
        view=NoteViewSet,
        action="partial_update",
        route="PATCH /notes/{id}",
        arguments=VersionArguments,
        members=("title", "content"),
        required=("content",),
        result=results.NOTE,
        hints=REPLACING,
    ),
    Tool(
        "update_note",
        "Set title, tags and flags",
        "Set the title, all tags, or the flags of a note, without touching its content. `tags` replaces the list: send "
        "those to keep as well. Needs the version that you know: if someone has changed the note since, nothing "
        "changes.",
        view=NoteViewSet,
        action="partial_update",
        route="PATCH /notes/{id}",
        arguments=VersionArguments,
        members=("title", *SETTABLE),
        result=results.NOTE,
        hints=REPLACING,
    ),
    Tool(
        "trash_note",
        "Move a note to the trash",
        "Move a note to the trash, from which restore_note brings it back until it is purged. Needs the version that "
        "you know: if someone has changed the note since, it stays.",
        view=NoteViewSet,
        action="destroy",
        route="DELETE /notes/{id}",
        arguments=VersionArguments,
        result=results.ID,
        hints=REPLACING,
    ),
    Tool(
        "list_trash",
        "List the trash",
        "List the notes in the trash, most recently deleted first.",
        view=TrashViewSet,
        action="list",
        route="GET /trash",
        members=PAGE,
        query={"fields": TRASHED, "limit": str(PAGE_SIZE)},
        result=results.TRASH,
        hints=READING,
    ),
    Tool(
        "restore_note",
        "Restore a note from the trash",
        "Bring a note back from the trash with everything it had.",
        view=TrashViewSet,
        action="restore",
        route="POST /trash/{id}/restore",
        arguments=OptionalVersionArguments,
        result=results.NOTE,
        hints=Hints(is_idempotent=True),
    ),
)
TOOLS_BY_NAME = {tool.name: tool for tool in TOOLS}


def describe_tools(credential: Credential) -> list[JSONObject]:
    """Return the tools that this credential may call."""
    return describe_tools_for(credential.granted_scopes)


@lru_cache(32)
def describe_tools_for(scopes: frozenset[Scope]) -> list[JSONObject]:
    return [tool.as_json() for tool in TOOLS if scopes.issuperset(tool.scopes)]

"""What a model sees of the responses: no content, unless it asks for a part of one."""

from collections.abc import Callable
from dataclasses import dataclass
from operator import itemgetter

from orjson import Fragment

from notes.mcp.schemas import object_schema, response_schema
from notes.serializers.notes import FoundNoteSerializer, MatchSerializer, NoteSerializer, TrashedNoteSerializer
from notes.serializers.parts import Summarize
from notes_api.rest.json_types import JSON, JSONObject
from notes_api.rest.renderers import encode_json
from notes_api.rest.serializers import shared_instance

# The members of a single note, and of each note in a list.
SUMMARY = ("id", "title", "tags", "is_pinned", "is_archived", "version", "created_at", "updated_at", "changed_by")
LISTED = ("id", "title", "tags", "is_pinned", "is_archived", "version", "updated_at")
values_of_listed = itemgetter(*LISTED)
TRASHED = ("id", "title", "tags", "version", "trashed_at")
RECEIPT = ["id", "version"]
# Characters of the beginning of a content.
SNIPPET_LENGTH = 200

TEXT, NUMBER = {"type": "string"}, {"type": "integer"}
CURSOR = {"type": ["string", "null"], "description": "Send it as `cursor` to get the next page; null on the last one."}
HINTS = {
    "precondition_failed": "Read the note again, then decide whether to retry with this version.",
    "edit_conflict": "Read the note, and quote a passage that occurs exactly once, including spaces and line breaks.",
    "not_found": "The id is wrong, or the note is in the trash. Use search_notes, list_notes or list_trash.",
}

# Returns what a tool returns for the body of a response and its own arguments.
Render = Callable[[JSON, JSONObject], JSONObject]


@dataclass(frozen=True)
class Result:
    """What a tool returns, and the schema of that."""

    render: Render
    schema: Callable[[], JSONObject]
    # What the tool shows of each note of a list, if that is less than the operation returns.
    summarize: Summarize | None = None


def render_summary(note: JSONObject, arguments: JSONObject) -> JSONObject:
    return {name: note[name] for name in SUMMARY if name in note}


def render_part(note: JSONObject, arguments: JSONObject) -> JSONObject:
    """Return the note with the part of its content that was asked for."""
    content, offset = note["content"], arguments["offset"]
    part = content[offset : offset + arguments["max_chars"]]
    position = {"offset": offset, "total_chars": len(content)}
    rest = max(0, len(content) - offset - len(part))
    return {**render_summary(note, arguments), "content": part, **position, "remaining_chars": rest}


def render_listed(note: JSONObject) -> JSONObject:
    return dict(zip(LISTED, values_of_listed(note), strict=True))


def summarize_listed(note: JSONObject) -> JSONObject:
    return render_listed(note) | {"snippet": shorten_content(note["content"])}


def summarize_found(note: JSONObject) -> JSONObject:
    """Return the note with the snippet of the search. A blank search finds all notes, and no snippet."""
    return render_listed(note) | {"snippet": note.get("match", {}).get("snippet", "")}


def render_page(page: JSONObject, arguments: JSONObject) -> JSONObject:
    return {"results": page["results"], "next_cursor": page["next_cursor"]}


def render_id(body: JSON, arguments: JSONObject) -> JSONObject:
    return {"id": arguments["id"]}


def shorten_content(content: str) -> str:
    """Return the beginning of a content as one line."""
    return " ".join(content[:SNIPPET_LENGTH].split())


def summary_schema() -> JSONObject:
    # Credentials that cannot read get only the id and the version.
    return object_schema(response_schema(shared_instance(NoteSerializer), SUMMARY), RECEIPT)


def part_schema() -> JSONObject:
    counts = {"offset": NUMBER, "total_chars": NUMBER, "remaining_chars": NUMBER}
    properties = response_schema(shared_instance(NoteSerializer), (*SUMMARY, "content")) | counts
    return object_schema(properties, list(properties))


def page_schema(properties: JSONObject) -> JSONObject:
    results = {"type": "array", "items": object_schema(properties, list(properties))}
    return object_schema({"results": results, "next_cursor": CURSOR}, ["results", "next_cursor"])


def list_schema() -> JSONObject:
    snippet = response_schema(shared_instance(MatchSerializer), ("snippet",))
    return page_schema(response_schema(shared_instance(FoundNoteSerializer), LISTED) | snippet)


def trash_schema() -> JSONObject:
    return page_schema(response_schema(shared_instance(TrashedNoteSerializer), TRASHED))


def id_schema() -> JSONObject:
    return object_schema(response_schema(shared_instance(NoteSerializer), ("id",)), ["id"])


NOTE = Result(render_summary, summary_schema)
PART = Result(render_part, part_schema)
LIST = Result(render_page, list_schema, summarize_listed)
SEARCH = Result(render_page, list_schema, summarize_found)
TRASH = Result(render_page, trash_schema)
ID = Result(render_id, id_schema)


def tool_result(value: JSONObject) -> JSONObject:
    """Return the result of a call: the value as JSON, and again as a text for clients that read no JSON."""
    encoded = encode_json(value)
    return {"content": [text_block(encoded.decode())], "structuredContent": Fragment(encoded), "isError": False}


def error_result(problem: JSONObject, version: int | None = None) -> JSONObject:
    """Return the result of a call that failed: what a model needs to correct it, the present version and its author.

    `version` is the one that the call requires, with which an edit found the note.

    It has no `structuredContent`, because that would have to be what the tool returns when it succeeds.
    """
    error: JSONObject = {"code": problem["code"], "message": problem["detail"]}
    if problem["errors"]:
        error["errors"] = problem["errors"]
    if problem["code"] == "precondition_failed":
        current = problem["current"]
        version = current["version"]
        error["message"] = f"Someone has changed the note since. Its version is {version} now. Nothing was written."
        # Credentials that cannot read are told only the version.
        if "changed_by" in current:
            error["changed_by"] = current["changed_by"]
    if problem["code"] in ("precondition_failed", "edit_conflict"):
        error["version"] = version
    if problem["code"] in HINTS:
        error["hint"] = HINTS[problem["code"]]
    return {"content": [text_block(encode_json(error).decode())], "isError": True}


def text_block(text: str) -> JSONObject:
    return {"type": "text", "text": text}

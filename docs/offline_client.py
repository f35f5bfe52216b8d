"""A complete offline client of Cloud Notes that uses only Python's standard library: see offline-client.md."""

import json
import uuid
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

Json = dict[str, Any]
SETTLED = {200, 201, 204, 404, 409, 412}
FIELDS = {"title": "", "content": "", "is_pinned": False, "is_archived": False}


class RequestRejected(Exception):
    """The server rejected a request; the arguments are the status and the problem."""


class OfflineClient:
    """Notes in a file, each with the `version` last received and its number of `edits` unknown to the server."""

    def __init__(self, url: str, file: str | Path) -> None:
        self.url, self.file = url, Path(file)
        empty: Json = {"notes": {}, "cursor": None, "seen": None, "push": None, "tokens": None}
        self.state: Json = json.loads(self.file.read_text("utf-8")) if self.file.exists() else empty
        self.notes: dict[str, Json] = self.state["notes"]

    def save(self, **changes: Any) -> None:
        """Write the file completely or not at all: after a crash it is either the old or the new one."""
        self.state.update(changes)
        temporary = self.file.with_suffix(".tmp")
        temporary.write_text(json.dumps(self.state), "utf-8")
        temporary.replace(self.file)

    def write(self, note_id: str | None = None, **fields: Any) -> str:
        """Change a note, or create one under a new id; works without a network."""
        note_id = note_id or str(uuid.uuid4())
        note = self.notes.setdefault(note_id, {**FIELDS, "version": None, "edits": 0})
        note.update(fields, edits=note["edits"] + 1)
        self.save()
        return note_id

    def delete(self, note_id: str) -> None:
        self.write(note_id, is_deleted=True)

    def sync(self) -> None:
        """Push, then pull. Raises `RequestRejected` or `OSError`; the next call continues where this one ended."""
        while self.push():
            pass
        self.pull()

    def push(self) -> bool:
        """Send some of the edits; return False if there are none. They are saved first, and repeated unchanged."""
        if self.state["push"] is None:
            self.save(push=self.next_push())
        if (push := self.state["push"]) is None:
            return False
        response = self.request("POST", "/notes/batch", {"operations": push["operations"]}, push["key"])
        for operation, result in zip(push["operations"], response["results"], strict=True):
            self.process_result(operation, result)
        self.save(push=None)
        for result in response["results"]:
            if result["status"] not in SETTLED:
                raise RequestRejected(result["status"], result["problem"])
        return True

    def next_push(self) -> Json | None:
        operations, size = list[Json](), 0
        for note_id, note in list(self.notes.items()):
            if note.get("is_deleted") and note["version"] is None:
                del self.notes[note_id]  # never sent, so the server need not know
            elif note["edits"] and len(operations) < 100 and size < 1_000_000:
                operations.append(operation_for(note_id, note))
                size += len(note["content"])
                note["sent"] = note["edits"]  # later edits belong to the next push
        return {"key": str(uuid.uuid4()), "operations": operations} if operations else None

    def process_result(self, operation: Json, result: Json) -> None:
        note, sent = self.notes.get(operation["id"], {}), operation.get("note")
        if "sent" not in note or result["status"] not in SETTLED:
            return  # processed before a crash, or a person has to decide
        current = result.get("note") or result.get("problem", {}).get("current") or {}
        is_applied = sent and is_active(current) and sent == fields_of(current)
        if result["status"] in {200, 201} or is_applied:
            note.update(version=current["version"], edits=note["edits"] - note.pop("sent"))
        else:
            del self.notes[operation["id"]]
            self.store(current)
            if sent:  # Another device was faster. Keep both: their text under the id, ours in a new note.
                self.write(**{**fields_of(note), "title": f"{note['title'][:230]} (conflict copy)"})

    def pull(self) -> None:
        has_more = True
        while has_more:
            since = f"&since={self.state['cursor']}" if self.state["cursor"] else ""
            try:
                page = self.request("GET", f"/changes?limit=500{since}")
            except RequestRejected as rejection:
                if rejection.args[0] != 410:
                    raise
                self.save(cursor=None, seen=[])  # walk again: notes that are not seen are gone
                continue
            notes, has_more = [change.get("note", change) for change in page["changes"]], page["has_more"]
            if (seen := self.state["seen"]) is not None:
                seen += [note["id"] for note in notes]
                notes += [] if has_more else [{"id": note_id} for note_id in self.notes.keys() - set(seen)]
            for note in notes:
                self.store(note)
            self.save(cursor=page["next"], seen=seen if has_more else None)

    def store(self, note: Json) -> None:
        """Store the server's note unless it has edits of ours: the next push reports that conflict."""
        if note and not self.notes.get(note["id"], {}).get("edits"):
            self.notes.pop(note["id"], None)
            if is_active(note):
                self.notes[note["id"]] = {**fields_of(note), "version": note["version"], "edits": 0}

    def log_in(self, email: str, password: str) -> None:
        self.save(tokens=self.request("POST", "/login", {"username": email, "password": password}))

    def request(self, method: str, path: str, body: Json | None = None, key: str | None = None) -> Any:
        headers = {"Content-Type": "application/json", **({"Idempotency-Key": key} if key else {})}
        tokens = None if path.startswith("/login") else self.state["tokens"]
        if tokens:
            headers["Authorization"] = f"Bearer {tokens['access_token']}"
        content = json.dumps(body).encode() if body else None
        try:
            with urlopen(Request(self.url + path, content, headers, method=method), timeout=30) as response:
                return json.load(response)
        except HTTPError as error:
            problem = json.load(error)
            if error.code != 401 or not tokens:
                raise RequestRejected(error.code, problem) from None
        self.save(tokens=self.request("POST", "/login/refresh", {"refresh_token": tokens["refresh_token"]}))
        return self.request(method, path, body, key)


def operation_for(note_id: str, note: Json) -> Json:
    guard = {} if note["version"] is None else {"if_version": note["version"]}
    if note.get("is_deleted"):
        return {"op": "delete", "id": note_id, **guard}
    return {"op": "update" if guard else "create", "id": note_id, "note": fields_of(note), **guard}


def fields_of(note: Json) -> Json:
    return {name: note[name] for name in FIELDS}


def is_active(note: Json) -> bool:
    return "title" in note and note.get("trashed_at") is None

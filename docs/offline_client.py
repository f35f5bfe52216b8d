"""A complete offline client of Cloud Notes, with nothing but Python's standard library: see offline-client.md."""

import json
import uuid
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

Json = dict[str, Any]
SETTLED = {200, 201, 204, 404, 409, 412}
FIELDS = {"title": "", "content": "", "is_pinned": False, "is_archived": False}


class Refused(Exception):
    """The server said no: the status, and the problem that it sent."""


class OfflineClient:
    """Notes in a file, each with the `version` it was last seen at, and how many `edits` the server does not know."""

    def __init__(self, url: str, file: str | Path) -> None:
        self.url, self.file = url, Path(file)
        empty: Json = {"notes": {}, "cursor": None, "told": None, "push": None, "tokens": None}
        self.state: Json = json.loads(self.file.read_text("utf-8")) if self.file.exists() else empty
        self.notes: dict[str, Json] = self.state["notes"]

    def save(self, **changes: Any) -> None:
        """Wholly or not at all: a crash leaves the file before or the file after."""
        self.state.update(changes)
        draft = self.file.with_suffix(".draft")
        draft.write_text(json.dumps(self.state), "utf-8")
        draft.replace(self.file)

    def write(self, note_id: str | None = None, **fields: Any) -> str:
        """Change a note, or make one, under an id of our own; works without a network."""
        note_id = note_id or str(uuid.uuid4())
        note = self.notes.setdefault(note_id, {**FIELDS, "version": None, "edits": 0})
        note.update(fields, edits=note["edits"] + 1)
        self.save()
        return note_id

    def delete(self, note_id: str) -> None:
        self.write(note_id, is_deleted=True)

    def sync(self) -> None:
        """Raises `Refused` or `OSError`: another call goes on where this one ended."""
        while self.push():
            pass
        self.pull()

    def push(self) -> bool:
        """Send some of the edits; False if there are none. What is sent is saved first, and repeated word for word."""
        if self.state["push"] is None:
            self.save(push=self.next_push())
        if (push := self.state["push"]) is None:
            return False
        answer = self.request("POST", "/notes/batch", {"operations": push["operations"]}, push["key"])
        for operation, result in zip(push["operations"], answer["results"], strict=True):
            self.conclude(operation, result)
        self.save(push=None)
        for result in answer["results"]:
            if result["status"] not in SETTLED:
                raise Refused(result["status"], result["problem"])
        return True

    def next_push(self) -> Json | None:
        operations, size = list[Json](), 0
        for note_id, note in list(self.notes.items()):
            if note.get("is_deleted") and note["version"] is None:
                del self.notes[note_id]  # never sent, so nobody has to hear of it
            elif note["edits"] and len(operations) < 100 and size < 1_000_000:
                operations.append(operation_for(note_id, note))
                size += len(note["content"])
                note["sent"] = note["edits"]  # what is edited from here on is for the next push
        return {"key": str(uuid.uuid4()), "operations": operations} if operations else None

    def conclude(self, operation: Json, result: Json) -> None:
        note, sent = self.notes.get(operation["id"], {}), operation.get("note")
        if "sent" not in note or result["status"] not in SETTLED:
            return  # concluded already, before a crash; or for a person to solve
        current = result.get("note") or result.get("problem", {}).get("current") or {}
        is_done = sent and is_there(current) and sent == fields_of(current)
        if result["status"] in {200, 201} or is_done:
            note.update(version=current["version"], edits=note["edits"] - note.pop("sent"))
        else:
            del self.notes[operation["id"]]
            self.take(current)
            if sent:  # Somebody was faster. Both texts live on: theirs where it is, ours in a note of its own.
                self.write(**{**fields_of(note), "title": f"{note['title'][:230]} (conflict copy)"})

    def pull(self) -> None:
        has_more = True
        while has_more:
            since = f"&since={self.state['cursor']}" if self.state["cursor"] else ""
            try:
                page = self.request("GET", f"/changes?limit=500{since}")
            except Refused as refusal:
                if refusal.args[0] != 410:
                    raise
                self.save(cursor=None, told=[])  # hear everything again: what is not told has gone meanwhile
                continue
            notes, has_more = [change.get("note", change) for change in page["changes"]], page["has_more"]
            if (told := self.state["told"]) is not None:
                told += [note["id"] for note in notes]
                notes += [] if has_more else [{"id": note_id} for note_id in self.notes.keys() - set(told)]
            for note in notes:
                self.take(note)
            self.save(cursor=page["next"], told=told if has_more else None)

    def take(self, note: Json) -> None:
        """Believe the server, but never over an edit of our own: the next push will ask about that."""
        if note and not self.notes.get(note["id"], {}).get("edits"):
            self.notes.pop(note["id"], None)
            if is_there(note):
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
                raise Refused(error.code, problem) from None
        self.save(tokens=self.request("POST", "/login/refresh", {"refresh_token": tokens["refresh_token"]}))
        return self.request(method, path, body, key)


def operation_for(note_id: str, note: Json) -> Json:
    guard = {} if note["version"] is None else {"if_version": note["version"]}
    if note.get("is_deleted"):
        return {"op": "delete", "id": note_id, **guard}
    return {"op": "update" if guard else "create", "id": note_id, "note": fields_of(note), **guard}


def fields_of(note: Json) -> Json:
    return {name: note[name] for name in FIELDS}


def is_there(note: Json) -> bool:
    return "title" in note and note.get("trashed_at") is None

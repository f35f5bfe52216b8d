"""Where the services have their notes, and how they want them written."""

import json
from dataclasses import dataclass
from urllib.parse import urlencode

from benchmarks.comparison.dataset import PASSWORD, Note, Text, email

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Api:
    """The paths of this project, which most peers share."""

    notes: str = "/notes"
    # The first page of 50 notes, and the member that holds them.
    page: str = "/notes"
    members: str = "results"
    login: str = "/login"
    replace: str = "PUT"
    created: int = 201

    def note_id(self, note: Note) -> str:
        return note.id

    def note(self, note: Note) -> str:
        return f"{self.notes}/{self.note_id(note)}"

    def new_note(self, text: Text, account: int) -> str:
        """Return the body that creates a note of the account."""
        return self.new_text(text)

    def new_text(self, text: Text) -> str:
        """Return the body that replaces a note."""
        return compact({"title": text.title, "content": text.content})

    def credentials(self, account: int) -> tuple[dict[str, str], str]:
        """Return headers and body of a log-in."""
        return FORM, urlencode({"username": email(account), "password": PASSWORD})


@dataclass(frozen=True)
class PocketBaseApi(Api):
    """PocketBase's record API. Its ids have 15 characters; a new note names its owner, which the rule compares."""

    notes: str = "/api/collections/notes/records"
    # Without `skipTotal` it would also count all notes of the account.
    page: str = "/api/collections/notes/records?perPage=50&sort=-updated&skipTotal=1"
    members: str = "items"
    login: str = "/api/collections/users/auth-with-password"
    replace: str = "PATCH"
    created: int = 200

    def note_id(self, note: Note) -> str:
        return record_id(note.number)

    def new_note(self, text: Text, account: int) -> str:
        return compact({"title": text.title, "content": text.content, "owner": record_id(account)})

    def credentials(self, account: int) -> tuple[dict[str, str], str]:
        return JSON, compact({"identity": email(account), "password": PASSWORD})


def record_id(number: int) -> str:
    return f"{number:015x}"


def compact(body: dict[str, str]) -> str:
    return json.dumps(body, separators=(",", ":"))

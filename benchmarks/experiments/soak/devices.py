"""The devices of the accounts: each sends what an app sends, one request after the other."""

import secrets
import time
from random import Random
from urllib.parse import quote

from benchmarks.experiments.seed import texts
from benchmarks.experiments.soak.connection import Connection

PASSWORD = "correct horse battery"
# An account keeps about as many notes.
NOTES = 100
# Seconds after which a device refreshes its tokens, and after which its user logs in again.
REFRESH, LOG_IN = 8 * 60, 20 * 60
# The requests of each kind among 1,000.
SHARES = {
    "read": 260, "read_again": 90, "list_notes": 90, "list_tagged": 30, "search": 50, "list_trash": 10, "list_tags": 10,
    "sync": 150, "create": 50, "replace": 60, "update": 80, "append": 50, "batch": 20, "trash": 25, "restore": 8,
    "purge": 12, "list_revisions": 20, "restore_revision": 3, "profile": 15, "list_sessions": 5, "mistake": 12,
}  # fmt: skip


class Device:
    def __init__(self, port, email, number):
        self.connection, self.email, self.chance = Connection(port), email, Random(number)
        self.texts = iter(())
        self.number, self.tokens = number, {}
        self.notes, self.trashed, self.cursor, self.etag = {}, [], None, ""
        # Not all at the same time.
        self.refreshed_at = time.monotonic() - self.chance.uniform(0, REFRESH)
        self.logged_in_at = time.monotonic() - self.chance.uniform(0, LOG_IN)

    async def send(self, method, path, body=None, **headers):
        return await self.connection.send(
            method, path, body, Authorization=f"Bearer {self.tokens['access_token']}", **headers
        )

    async def log_in(self):
        if self.tokens:
            await self.send("POST", "/logout")
        self.logged_in_at = self.refreshed_at = time.monotonic()
        return await self.fetch_tokens("/login", username=self.email, password=PASSWORD)

    async def fetch_tokens(self, path, **body):
        answer = await self.connection.send("POST", path, body)
        if answer.status == 200:
            self.tokens = answer.body
        return answer

    async def act(self):
        """Send one request, chosen by chance, and return its answer."""
        if time.monotonic() > self.logged_in_at + LOG_IN:
            return await self.log_in()
        if time.monotonic() > self.refreshed_at + REFRESH:
            self.refreshed_at = time.monotonic()
            return await self.fetch_tokens("/login/refresh", refresh_token=self.tokens["refresh_token"])
        [name] = self.chance.choices(list(SHARES), SHARES.values())
        return await getattr(self, name)()

    def draft(self):
        drafted = next(self.texts, None)
        if drafted is None:
            self.texts = texts(200, seed=self.chance.randrange(10**9), most=20_000)
            drafted = next(self.texts)
        return {**drafted, "tags": [f"tag {self.chance.randrange(20)}"]}

    def known(self):
        return self.chance.choice(list(self.notes)) if self.notes else "01a20448-812e-71d9-9a44-5e70f3ae80ad"

    def remember(self, note):
        self.notes[note["id"]] = note["version"]

    async def write(self, method, path, body, note_id):
        """Write a note under the condition that it is as this device knows it."""
        answer = await self.send(method, path, body, If_Match=f'"{self.notes.get(note_id, 1)}"')
        if answer.status == 200:
            self.remember(answer.body)
        elif answer.status == 412 and "title" in answer.body["current"]:
            self.remember(answer.body["current"])
        elif answer.status in (404, 412):
            self.notes.pop(note_id, None)
        return answer

    async def read(self):
        answer = await self.send("GET", f"/notes/{self.known()}")
        if answer.status == 200:
            self.remember(answer.body)
        return answer

    async def read_again(self):
        note_id = self.known()
        return await self.send("GET", f"/notes/{note_id}", If_None_Match=f'"{self.notes.get(note_id, 1)}"')

    async def list_notes(self):
        answer = await self.send("GET", "/notes?limit=20", If_None_Match=self.etag or '"0"')
        self.etag = answer.etag
        return answer

    async def list_tagged(self):
        return await self.send("GET", f"/notes?tag=tag+{self.chance.randrange(20)}&fields=id,title,version")

    async def search(self):
        word = self.draft()["title"].split()[0]
        return await self.send("GET", f"/notes?q={quote(word)}&limit=20")

    async def list_trash(self):
        return await self.send("GET", "/trash?limit=20")

    async def list_tags(self):
        return await self.send("GET", "/tags")

    async def list_sessions(self):
        return await self.send("GET", "/sessions")

    async def profile(self):
        return await self.send("GET", "/users/me")

    async def sync(self):
        answer = await self.send("GET", f"/changes?since={self.cursor}" if self.cursor else "/changes")
        if answer.status == 200:
            self.cursor = answer.body["next_cursor"]
            for change in answer.body["changes"]:
                self.take(change)
        return answer

    def take(self, change):
        if change["op"] == "upsert":
            self.remember(change["note"])
        else:
            self.notes.pop(change["note"]["id"] if change["op"] == "trash" else change["id"], None)

    async def create(self):
        if len(self.notes) > NOTES:
            return await self.trash()
        key = {"Idempotency_Key": secrets.token_hex(8)} if self.chance.random() < 0.5 else {}
        answer = await self.send("POST", "/notes", self.draft(), **key)
        if answer.status == 201:
            self.remember(answer.body)
        return answer

    async def replace(self):
        note_id = self.known()
        return await self.write("PUT", f"/notes/{note_id}", self.draft(), note_id)

    async def update(self):
        note_id, draft = self.known(), self.draft()
        body = self.chance.choice([{"title": draft["title"]}, {"content": draft["content"]}, {"is_pinned": True}])
        return await self.write("PATCH", f"/notes/{note_id}", body, note_id)

    async def append(self):
        answer = await self.send("POST", f"/notes/{self.known()}/append", {"text": "two litres of milk\n"})
        if answer.status == 200:
            self.remember(answer.body)
        return answer

    async def batch(self):
        creates = [{"op": "create", "note": self.draft()} for _ in range(3 if len(self.notes) < NOTES else 0)]
        updates = [{"op": "append", "id": self.known(), "text": "bread\n"} for _ in range(3)]
        deletes = [{"op": "delete", "id": note_id} for note_id in list(self.notes)[:2] if len(self.notes) > NOTES / 2]
        self.trashed += [operation["id"] for operation in deletes]
        return await self.send("POST", "/notes/batch", {"operations": [*creates, *updates, *deletes]})

    async def trash(self):
        note_id = self.known()
        self.notes.pop(note_id, None)
        self.trashed.append(note_id)
        return await self.send("DELETE", f"/notes/{note_id}")

    async def restore(self):
        if not self.trashed:
            return await self.list_trash()
        return await self.send("POST", f"/trash/{self.trashed.pop(0)}/restore")

    async def purge(self):
        if len(self.trashed) < 10:
            return await self.list_trash()
        if self.chance.random() < 0.1:
            self.trashed.clear()
            return await self.send("DELETE", "/trash")
        return await self.send("DELETE", f"/trash/{self.trashed.pop(0)}")

    async def list_revisions(self):
        return await self.send("GET", f"/notes/{self.known()}/revisions")

    async def restore_revision(self):
        note_id = self.known()
        listed = await self.send("GET", f"/notes/{note_id}/revisions?limit=1")
        if listed.status != 200 or not listed.body["results"]:
            return listed
        return await self.send("POST", f"/notes/{note_id}/revisions/{listed.body['results'][0]['version']}/restore")

    async def mistake(self):
        return await self.chance.choice([
            lambda: self.send("GET", "/notes?limit=abc"),
            lambda: self.send("POST", "/notes", {"title": 5}),
            lambda: self.send("GET", "/nothing"),
            lambda: self.connection.send("GET", "/notes", Authorization="Bearer nonsense"),
        ])()  # fmt: skip


class Visitor:
    """Somebody who tries the service: registers, writes a note, asks for a link, fails to log in, and leaves."""

    def __init__(self, port, number):
        self.device = Device(port, f"visitor-{secrets.token_hex(4)}@example.com", number)

    async def visit(self):
        device, send = self.device, self.device.connection.send
        yield await send("POST", "/users", {"email": device.email, "password": PASSWORD})
        yield await send("POST", "/login", {"username": device.email, "password": "wrong horse battery"})
        yield await send("POST", "/password/reset", {"email": device.email})
        yield await device.log_in()
        if device.tokens:
            yield await device.create()
            yield await device.send("POST", "/users/me/erase", {"current_password": PASSWORD})
        device.connection.close()

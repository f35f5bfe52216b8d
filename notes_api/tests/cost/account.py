"""The account whose owner sends the hostile requests, and the objects that paths name."""

import http.client
from contextlib import ExitStack, closing, suppress
from functools import cached_property
from urllib.parse import parse_qsl, urlencode, urlsplit

from accounts.tests.programs import CALLBACK, make_challenge
from notes_api.tests.agents.consent import Person
from notes_api.tests.cost import shapes
from notes_api.tests.cost.meter import Response
from notes_api.tests.live_server import PASSWORD, log_in, logged_in

# These end the session or the account if they succeed.
ENDS_ACCESS = {"eraseMe", "logout", "changePassword", "updateMe"}
VERIFIER = "x" * 43
TAGS = [f"tag {number}" for number in range(50)]


class Account:
    def __init__(self, server):
        self.server = server
        self.targets = {}
        self.sessions = ExitStack()
        self.enter()

    def enter(self):
        """Use a new account."""
        self.targets.clear()
        self.client = self.sessions.enter_context(logged_in(self.server))

    @cached_property
    def guest(self):
        """An account without notes, for requests that end the access to it."""
        return self.sessions.enter_context(closing(Account(self.server)))

    def close(self):
        self.sessions.close()

    def fill(self, notes, bytes_):
        """Create notes of expensive text; the first is as long as a note may be."""
        texts = list(shapes.TEXTS.values())
        for number in range(notes):
            content = shapes.repeated(texts[number % len(texts)], bytes_)
            body = {"title": f"{content[:200]} {number}", "content": content, "tags": TAGS}
            self.client.post("/notes", json=body).raise_for_status()

    def new_note(self, content="milk\n"):
        body = {"title": "Milk", "content": content, "tags": TAGS}
        return self.client.post("/notes", json=body).raise_for_status().json()["id"]

    def parameters(self, operation, is_fresh):
        """Return the path parameters of an object of this account; a new one if `is_fresh`."""
        kind = operation.path.split("/")[1]
        if is_fresh or operation.path not in self.targets:
            self.targets[operation.path] = getattr(self, f"_of_{kind}")(operation)
        return self.targets[operation.path]

    def _of_notes(self, operation):
        note = self.new_note()
        if "{version}" not in operation.path:
            return {"id": note}
        self.client.patch(f"/notes/{note}", json={"content": "milk\nbread\n"}).raise_for_status()
        revisions = self.client.get(f"/notes/{note}/revisions").json()["results"]
        return {"id": note, "version": str(revisions[0]["version"])}

    def _of_trash(self, operation):
        note = self.new_note()
        self.client.delete(f"/notes/{note}").raise_for_status()
        return {"id": note}

    def _of_tags(self, operation):
        self.new_note()
        return {"name": "tag%200"}

    def _of_sessions(self, operation):
        log_in(self.client, self.client.email).raise_for_status()
        sessions = self.client.get("/sessions").json()["results"]
        return {"id": next(each["id"] for each in sessions if not each["is_current"])}

    def _of_tokens(self, operation):
        body = {"name": "Script", "scopes": ["notes:read"], "current_password": PASSWORD}
        made = self.client.post("/tokens", json=body)
        if made.status_code == 400:
            made = self.client.post("/tokens", json={"name": "Script", "scopes": ["notes:read"]})
        return {"id": made.raise_for_status().json()["id"]}

    def _of_grants(self, operation):
        code = dict(parse_qsl(urlsplit(self.allow()).query))["code"]
        body = {"grant_type": "authorization_code", "client_id": self.program, "code": code, "redirect_uri": CALLBACK}
        self.client.post("/token", data={**body, "code_verifier": VERIFIER}).raise_for_status()
        return {"id": self.client.get("/grants").raise_for_status().json()["results"][0]["id"]}

    @cached_property
    def program(self):
        body = {"client_name": "Assistant", "redirect_uris": [CALLBACK]}
        return self.client.post("/register", json=body).raise_for_status().json()["client_id"]

    def allow(self):
        """Allow the program to read notes, and return the address with its code."""
        query = {
            "response_type": "code",
            "client_id": self.program,
            "redirect_uri": CALLBACK,
            "scope": "notes:read",
            "code_challenge": make_challenge(VERIFIER),
            "code_challenge_method": "S256",
        }
        with Person(self.client.email, PASSWORD) as person:
            return person.visit(f"{self.server.url}/authorize?{urlencode(query)}")

    def _of_imports(self, operation):
        headers = {"Content-Type": "application/octet-stream"}
        made = self.client.post("/imports?name=milk.txt", content=b"Milk\n", headers=headers)
        return {"id": made.raise_for_status().json()["id"]}

    def _of_exports(self, operation):
        """Only the archive of a large account has an id, so the account is large for a moment."""
        notes = [self.new_note("x" * 1024 * 1000) for _ in range(5)]
        made = self.client.get("/export").raise_for_status()
        for note in notes:
            self.client.delete(f"/notes/{note}").raise_for_status()
            self.client.delete(f"/trash/{note}").raise_for_status()
        return {"id": made.headers["Location"].rpartition("/")[2]}

    def _of_users(self, operation):
        return {"id": self.client.get("/users/me").json()["id"]}

    def send(self, operation, hostile):
        """Send the request and read the response, without its body if that is an event stream."""
        path = operation.path
        if "{" in path:
            for name, value in {**self.targets[operation.path], **hostile.path}.items():
                path = path.replace(f"{{{name}}}", value)
        headers = {"Authorization": self.client.headers["Authorization"], "Host": self.server.url[7:]}
        if operation.is_public:
            del headers["Authorization"]
        headers.update(hostile.headers)
        return self.exchange(operation.method, f"{path}?{hostile.query}".rstrip("?"), headers, hostile.body)

    def exchange(self, method, target, headers, body):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=180)
        try:
            # The server may close the connection before it has read everything.
            with suppress(BrokenPipeError, ConnectionResetError):
                connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
                for name, value in headers.items():
                    connection.putheader(name, value)
                if body:
                    connection.putheader("Content-Length", str(len(body)))
                connection.endheaders(body or None)
            response = connection.getresponse()
            if response.headers.get_content_type() == "text/event-stream":
                return Response(response.status, 0)
            return Response(response.status, len(response.read()))
        except (ConnectionError, http.client.HTTPException):
            return Response(0, 0)
        finally:
            connection.close()

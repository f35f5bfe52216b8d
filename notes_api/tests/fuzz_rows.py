"""The rows that generated requests name in their paths, made through the API of the served product."""

from urllib.parse import urlencode

from accounts.tests.programs import make_challenge, query_of
from notes.tests.imports import BINARY, line
from notes_api.tests.agents.consent import Person
from notes_api.tests.live_server import PASSWORD, log_in

CALLBACK = "http://127.0.0.1:39001/callback"
VERIFIER = "fuzz-" * 10
# With more notes, an export is made after the response.
EXPORTED_AT_ONCE = 500


def make_sessions(client, count):
    for _ in range(count):
        log_in(client, client.email).raise_for_status()
    sessions = client.get(f"/sessions?limit={count + 1}").json()["results"]
    return {"id": [session["id"] for session in sessions if not session["is_current"]]}


def make_tokens(client, count):
    body = {"name": "Script", "scopes": ["notes:read"]}
    return {"id": [client.post("/tokens", json=body).json()["id"] for _ in range(count)]}


def make_grants(client, count):
    """Let the owner of the account allow a new program something, several times."""
    program = client.post("/register", json={"client_name": "Script", "redirect_uris": [CALLBACK]}).json()
    named = {"client_id": program["client_id"], "redirect_uri": CALLBACK}
    asked = {"response_type": "code", "code_challenge": make_challenge(VERIFIER), "code_challenge_method": "S256"}
    with Person(client.email, PASSWORD) as person:
        for _ in range(count):
            answer = person.visit(f"{client.base_url}/authorize?{urlencode({**named, **asked})}")
            redeemed = {"grant_type": "authorization_code", "code": query_of(answer)["code"], "code_verifier": VERIFIER}
            client.post("/token", data={**named, **redeemed}).raise_for_status()
    grants = client.get("/grants?limit=100").json()["results"]
    return {"id": [grant["id"] for grant in grants if grant["client_id"] == program["client_id"]]}


def make_trash(client, count):
    notes = [client.post("/notes", json={"title": "Trash"}).json()["id"] for _ in range(count)]
    for note in notes:
        client.delete(f"/notes/{note}").raise_for_status()
    return {"id": notes}


def make_revisions(client, count):
    note = client.post("/notes", json={"title": "Revised"}).json()["id"]
    for _ in range(count):
        # A text becomes a revision if more than half of it is removed.
        for content in ("milk and honey", ""):
            client.put(f"/notes/{note}", json={"title": "Revised", "content": content}).raise_for_status()
    revisions = client.get(f"/notes/{note}/revisions?limit={count}").json()["results"]
    return {"id": [note], "version": [revision["version"] for revision in revisions]}


def make_imports(client, count):
    reports = [client.post("/imports", content=line(), headers={"Content-Type": BINARY}) for _ in range(count)]
    return {"id": [report.headers["Location"].rpartition("/")[2] for report in reports]}


def make_exports(client, count):
    """Ask for the export of a large account. It has only one at a time."""
    notes = [{"op": "create", "note": {"title": "Milk"}}] * 100
    for _ in range(EXPORTED_AT_ONCE // len(notes) + 1):
        client.post("/notes/batch", json={"operations": notes}).raise_for_status()
    return {"id": [client.get("/export").headers["Location"].rpartition("/")[2]]}


# Each operation gets rows of its own, because some end or delete them. The others need only one.
ENDING = {
    "endSession": make_sessions,
    "revokeToken": make_tokens,
    "revokeGrant": make_grants,
    "purgeNote": make_trash,
    "restoreNote": make_trash,
    "forgetRevision": make_revisions,
}
LASTING = {
    "getToken": make_tokens,
    "undoToken": make_tokens,
    "getGrant": make_grants,
    "undoGrant": make_grants,
    "getTrashedNote": make_trash,
    "getRevision": make_revisions,
    "diffRevision": make_revisions,
    "restoreRevision": make_revisions,
    "getImport": make_imports,
    "getExport": make_exports,
}
NAMED = [*ENDING, *LASTING]

# Most requests name a row of the client in their path. The others get a 404.
DICTIONARY = """
[dictionaries.{operation}-{parameter}]
values = {values}
"""
NAMING = """
[[operations]]
include-operation-id = "{operation}"
"""
PARAMETER = 'parameters."path.{parameter}" = {{ dictionary = "{operation}-{parameter}", probability = 0.8 }}\n'


def name_rows(client, operation, count):
    """Make rows, and return the configuration that lets requests for this operation name them."""
    rows = ENDING[operation](client, count) if operation in ENDING else LASTING[operation](client, 1)
    dictionaries = [DICTIONARY.format(operation=operation, parameter=name, values=rows[name]) for name in rows]
    parameters = [PARAMETER.format(operation=operation, parameter=name) for name in rows]
    return "".join([*dictionaries, NAMING.format(operation=operation), *parameters])

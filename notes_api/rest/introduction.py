"""What the OpenAPI document says before its operations: the first steps, and what each tag is about."""

from notes_api.rest.json_types import JSONObject

DESCRIPTION = """\
Your notes on your own server, behind an API you can trust.

## First steps

1. `POST /users` registers you with an e-mail address and a password.
2. `POST /login` with both returns an access token and a refresh token. In Swagger UI, **Authorize** does that.
3. Send `Authorization: Bearer <access token>` with every other request. After `expires_in` seconds, get new tokens from
   `POST /login/refresh`.
4. `POST /notes` creates a note, and `GET /notes` lists your notes.

## Good to know

- A note's `ETag` is its version. Send it in `If-Match`, and a write never replaces a text that you have not seen.
- With an `Idempotency-Key` you can repeat a request whose response was lost: it is carried out once.
- Lists have pages: follow `next` until it is null.
- Every error is a problem (RFC 9457). Programs read its `code`; `errors` lists the invalid fields.
- Unknown fields and parameters are errors, so that a typing error does not go unnoticed.
"""
TAGS = {
    "Accounts": "Register, read, change and erase your account.",
    "Second factor": "One-time codes of an authenticator app in addition to the password.",
    "Login": "Get tokens for a password, renew them, and end sessions.",
    "API tokens": "Credentials for programs, which may only do what their scopes allow.",
    "Programs": "Access for third-party programs, which never see the password (OAuth 2.1).",
    "Notes": "Create, read, search, change and delete notes.",
    "Sync": "Keep a copy of all notes on a device: the feed of changes, the event stream, and batches of writes.",
    "Revisions": "Earlier texts of a note.",
    "Trash": "Deleted notes, until they are purged.",
    "Import and export": "Bring notes from elsewhere, and take everything with you.",
    "Tags": "The tags of all notes, with the number of notes that have them.",
}


def add_introduction(result: JSONObject) -> None:
    """Add the description, and the tags in the order in which the operations use them."""
    result["info"]["description"] = DESCRIPTION
    used = [tag for path in result["paths"].values() for operation in path.values() for tag in operation["tags"]]
    result["tags"] = [{"name": tag, "description": TAGS[tag]} for tag in dict.fromkeys(used)]

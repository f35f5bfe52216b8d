"""Who changed a note, as the API says it."""

import json


def author_of(client):
    """Return what the API says of the credential of this client."""
    credential = getattr(client, "session_row", None) or client.token_row
    return json.loads(credential.as_author)

"""Inputs of imports, and what reports say."""

import json
from uuid import uuid4

BINARY = "application/octet-stream"


def line(**values):
    return json.dumps({"kind": "note", "id": str(uuid4()), "title": "Milk", **values}) + "\n"


def lines(count, **values):
    return "".join(line(title=f"Milk {number}", **values) for number in range(count))


def counts(response):
    return {name: count for name, count in response.json()["counts"].items() if count}


def sender(client):
    """Return a function that imports bytes with this client; the body is the file itself."""
    return lambda data, query="", content_type=BINARY: client.generic("POST", f"/imports{query}", data, content_type)

"""Sending batches, and the operations in them."""


def push(client, *operations, **envelope):
    response = client.post("/notes/batch", {"operations": list(operations), **envelope})
    assert response.status_code == 200
    return response.json()


def results(client, *operations, **envelope):
    return push(client, *operations, **envelope)["results"]


def statuses(client, *operations, **envelope):
    return [result["status"] for result in results(client, *operations, **envelope)]


def on(target, op, **members):
    return {"op": op, "id": str(target.pk), **members}


def create(title, **members):
    return {"op": "create", "note": {"title": title}, **members}

"""Reading the feed of changes."""


def pull(client, since=None, **parameters):
    response = client.get("/changes", {**({"since": since} if since else {}), **parameters})
    assert response.status_code == 200
    return response.json()


def changed_titles(page):
    return [change["note"]["title"] for change in page["changes"]]


def pages(client, since=None, **parameters):
    """Return every page from this cursor on."""
    page = pull(client, since, **parameters)
    return [page, *(pages(client, page["next"], **parameters) if page["has_more"] else [])]


def changes_in(pages):
    return [change for page in pages for change in page["changes"]]

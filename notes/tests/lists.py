"""What a list answers, page by page."""


def titles(response):
    assert response.status_code == 200, response.json()
    return [note["title"] for note in response.json()["results"]]


def walk(client, address):
    """Every title from this page on; a list so long that it never ends fails."""
    page = client.get(address)
    following = page.json()["next"]
    return titles(page) + (walk(client, following) if following else [])


def refused(response):
    """The fields that the request is refused for."""
    assert response.status_code == 400
    return [error["field"] for error in response.json()["errors"]]

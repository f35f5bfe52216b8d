"""What the log shows of requests: routes and ids, and nothing else that a client chose."""

import pytest

from accounts.models import MailLink
from conftest import NOWHERE, PASSWORD
from notes.tests.factories import make_note
from notes_api.monitoring.routes import describe_path

MARKER = "xylograph7319"
LINK_PAGES = [("/password/reset/confirm", MailLink.Purpose.RESET), ("/email/verify", MailLink.Purpose.VERIFY)]


def routes(log):
    """Return method and route of each line of the access log."""
    lines = [line.split() for line in log.getvalue().splitlines()]
    return [" ".join(words[4:6]) for words in lines if words[3] == "notes_api.access"]


def test_the_access_log_shows_routes_without_the_values_in_the_path(as_user, alice, log):
    note = make_note(owner=alice, tags=["work"])
    phone = as_user(alice)
    phone.get(f"/notes/{note.pk}")
    phone.get(f"/notes/{note.pk}/revisions/7")
    phone.patch("/tags/work", {"name": "job"})
    phone.get("/drafts/in/progress")

    assert routes(log) == [
        "GET /notes/{id}",
        "GET /notes/{id}/revisions/{version}",
        "PATCH /tags/{name}",
        "GET /{unknown}",
    ]


ROUTES = [
    ("/", "/"),
    (f"/tags/{NOWHERE}", "/tags/{name}"),
    ("/static/accounts/login.css", "/static/{path}"),
    ("/admin/", "/admin/"),
    (f"/admin/accounts/user/{NOWHERE}/change/", "/admin/accounts/user/{object_id}/change/"),
    ("/admin/alice@example.com", "/admin/{url}"),
    ("/admin/accounts/", "/admin/{app_label}/"),
    (f"/notes/{NOWHERE}\nforged", "/{unknown}"),
]


def test_the_route_of_a_path_is_the_pattern_of_its_url(subtests):
    for path, route in ROUTES:
        with subtests.test(path=path, route=route):
            assert describe_path(path) == route


def test_no_line_of_the_log_contains_what_a_client_chose(as_user, client, alice, log):
    phone = as_user(alice)
    client.raise_request_exception = phone.raise_request_exception = False
    note = {"title": MARKER, "content": MARKER, "tags": [MARKER]}
    phone.post("/notes", note, headers={"Idempotency-Key": MARKER, "User-Agent": MARKER})
    phone.get(f"/notes?q={MARKER}&tag={MARKER}&{MARKER}=1")
    phone.patch(f"/tags/{MARKER}", {"name": f"{MARKER}/2"})
    phone.delete(f"/tags/{MARKER}%0A2")
    phone.put(f"/tags/{MARKER}", {})
    phone.post("/tokens", {"name": MARKER, "scopes": ["notes:read"]})
    phone.get(f"/notes/{MARKER}?cursor={MARKER}")
    phone.get(f"/changes?cursor={MARKER}")
    client.post("/login", {"username": f"{MARKER}@example.com", "password": f"{MARKER}{PASSWORD}"})
    client.post("/users", {"email": f"{MARKER}@example.com", "password": f"{MARKER}{PASSWORD}"})
    client.get(f"/{MARKER}")
    client.get(f"/static/{MARKER}")
    client.get("/notes", headers={"Authorization": f"Bearer {MARKER}"})
    client.get("/livez", headers={"Host": f"{MARKER}.example.com"})
    client.post(f"/admin/login/?next=/{MARKER}", {"username": MARKER, "password": MARKER})
    client.get(f"/admin/{MARKER}")

    assert len(routes(log)) == 16
    assert MARKER not in log.getvalue()


@pytest.mark.parametrize(("path", "purpose"), LINK_PAGES)
def test_the_token_of_a_link_is_not_logged(client, alice, log, path, purpose):
    token = MailLink.objects.issue(purpose, alice.email, alice.pk).token
    client.get(path, {"token": token}, headers={"Accept": "text/html"})
    client.post(f"{path}?token={token}", {"token": token, "new_password": "another long walk"})

    assert routes(log) == [f"GET {path}", f"POST {path}"]
    assert token not in log.getvalue()


def test_the_access_log_names_the_account_of_a_log_in_and_of_staff_in_the_admin(
    client, alice, superuser, in_admin, log
):
    client.post("/login", {"username": alice.email, "password": PASSWORD})
    browser = in_admin(superuser)
    browser.handler = client.handler
    browser.get("/admin/accounts/user/")

    lines = [line for line in log.getvalue().splitlines() if "notes_api.access" in line]
    assert f" account {alice.pk} " in lines[0]
    assert f" account {superuser.pk} " in lines[1]

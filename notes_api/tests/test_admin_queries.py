"""No query makes the admin fail: it gets a page, a redirect to `?e=1` or a 400, and the log has no traceback."""

from urllib.parse import quote

import pytest

from notes.tests.factories import make_note

LISTS = {
    "/admin/notes/note/": ["is_pinned", "is_archived", "in_trash", "owner", "created_at", "created_at__day"],
    "/admin/accounts/user/": ["is_active__exact", "is_staff__exact", "created_at__gte", "created_at__day", "email"],
    "/admin/accounts/apitoken/": ["revoked_at__isempty", "user", "created_at__gte", "created_at__day", "digest"],
    "/admin/outbox/entry/": ["state", "user", "kind", "created_at__gte", "sealed_payload"],
    "/admin/admin/logentry/": ["action_flag__exact", "user", "action_time__gte", "action_time__day"],
    "/admin/auth/group/": ["name", "name__regex", "id__in"],
}
# Each is read by the type of its column, so no value needs to be long.
FILTERS = {name for names in LISTS.values() for name in names}
EVERYWHERE = ["o", "p", "q", "all", "e", "_popup", "_to_field", "_changelist_filters", "unknown", "pk__in"]
VALUES = ["", "xx", "9" * 20, "\0", "\ud800", "0001-01-01 00:00:00+14:00"]
LONG_VALUES = ["%", "x" * 5000]


def queries(names):
    for name in names:
        values = VALUES if name in FILTERS else VALUES + LONG_VALUES
        yield from (f"{quote(name)}={quote(value, errors='surrogatepass')}" for value in values)
        yield f"{quote(name)}=1&{quote(name)}=xx"


@pytest.fixture
def browser(in_admin, superuser, as_user, alice):
    make_note(owner=alice)
    as_user(alice).post("/tokens", {"name": "Script", "scopes": ["notes:read"]})
    return in_admin(superuser)


def failures(browser, path, names):
    """Return the queries that get neither a page, nor Django's redirect, nor a 400."""
    pages = {query: browser.get(f"{path}?{query}") for query in queries(names)}
    return [query for query, page in pages.items() if outcome(page) not in (200, 400, f"{path}?e=1")]


def outcome(response):
    return response.headers["Location"] if response.status_code == 302 else response.status_code


@pytest.mark.parametrize(("path", "names"), [*LISTS.items(), ("/admin/accounts/user/", EVERYWHERE)])
def test_no_query_of_a_list_fails(browser, log, path, names):
    assert failures(browser, path, names) == []
    assert "Traceback" not in log.getvalue()
    assert "Filtering by" not in log.getvalue()


@pytest.mark.parametrize(
    ("page", "names"), [("change", ["_to_field", "_popup", "_changelist_filters"]), ("history", ["p", "unknown"])]
)
def test_no_query_of_a_page_fails(browser, alice, log, page, names):
    assert failures(browser, f"/admin/accounts/user/{alice.pk}/{page}/", names) == []
    assert "Traceback" not in log.getvalue()

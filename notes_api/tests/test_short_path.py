"""The short path gives the same responses and log lines as the middleware chain."""

import re
from zipfile import BadZipFile

import pytest
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.db import OperationalError, transaction
from django.http import Http404
from django.http.multipartparser import MultiPartParserError
from django.urls import Resolver404, get_resolver
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.permissions import HasScope
from conftest import EXAMPLES, NOWHERE
from notes.tests.factories import make_note
from notes_api.server.short_path import ShortPath
from notes_api.tests.openapi_document import DOCUMENT
from notes_api.tests.product_client import ProductClient, ProductHandler
from notes_api.tests.test_headers import ORIGIN

NOTE = "01939f5e-0000-7c40-8e1b-000000000001"
METHODS = st.sampled_from(["GET", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"])
FIXED = ["/", "", "/notes", "/notes/", "//notes", "/notes/batch", "/changes", "/trash", "/tags", "/users/me",
         "/sessions", "/tokens", "/logout", "/email/verify", "/openapi.json", "/docs", "/livez", "/users"]  # fmt: skip
IN_PATHS = st.sampled_from([NOTE, NOTE.upper(), NOWHERE, "x", "milk%2Fjam", "é"])
PATHS = st.sampled_from(FIXED) | st.builds(
    "{}/{}{}".format,
    st.sampled_from(["/notes", "/trash", "/tags", "/users", "/sessions", "/tokens", "/admin"]),
    IN_PATHS,
    st.sampled_from(["", "/", "/append", "/revisions", "/revisions/1", "/restore"]),
)
QUERIES = st.sampled_from(["", "limit=1", "limit=0", "q=milk", "cursor=x", "unknown=1", "ordering=title", "q=%00"])
BODIES = st.sampled_from([b"", b"{}", b'{"title": "Milk"}', b'{"title": 5}', b"{", b"\xff", b"title=Milk", b"[]"])
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "Accept": st.sampled_from(["*/*", "text/html", "text/markdown", "image/png", "application/json;q=0.5", ";"]),
        "Authorization": st.sampled_from(["", "Bearer", "Bearer x", "Basic x", "Bearer cn_pat_x", "Bearer é"]),
        "Content-Type": st.sampled_from(
            ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ";"]
        ),
        "Cookie": st.sampled_from(["csrftoken=short", "sessionid=x"]),
        "Host": st.sampled_from(["localhost", "testserver:80", "evil.example", "a b", ""]),
        "If-Match": st.sampled_from(['"1"', "*", '"7"']),
        "If-None-Match": st.sampled_from(['"1"', "*", '"7"']),
        "Origin": st.sampled_from([ORIGIN, "https://evil.example", "null"]),
        "X-Forwarded-For": st.sampled_from(["203.0.113.5", "nonsense", "203.0.113.5, 10.0.0.1"]),
        "X-Forwarded-Proto": st.sampled_from(["https", "http"]),
        "X-Request-ID": st.sampled_from(["valid", "not valid"]),
    },
)
# Ids, times, the dates of headers and durations, which differ from request to request.
RANDOM = re.compile(
    rb"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:.]+Z"
    rb"|\w{3}, \d\d \w{3} \d{4} [\d:]+ GMT|\d+\.\d\b"
)


@pytest.fixture(params=["http", "https"])
def _site(request, set_environment):
    public = f"{request.param}://testserver"
    set_environment(PUBLIC_BASE_URL=public, TRUSTED_PROXIES="127.0.0.0/8", CORS_ALLOWED_ORIGINS=ORIGIN)


@pytest.fixture
def ask(monkeypatch, caplog):
    """`ask("short", client, "GET", "/notes")` returns the response and the log of a request, and undoes its changes."""

    def ask(path, client, *arguments, **options):
        caplog.clear()
        with monkeypatch.context() as patch, transaction.atomic():
            patch.setattr(ProductHandler, "uses_short_path", path == "short")
            response = client.generic(*arguments, **options)
            transaction.set_rollback(True)
        headers = {name.lower(): mask(value.encode("latin-1")) for name, value in response.items()}
        # Threads of earlier tests may still log something.
        records = [record for record in caplog.records if record.threadName == "MainThread"]
        lines = [(record.name, record.levelno, mask(record.getMessage().encode())) for record in records]
        content = b"".join(response.streaming_content) if response.streaming else response.content
        return response.status_code, headers, list(response.cookies), mask(content), lines

    return ask


def mask(data):
    return RANDOM.sub(b"<random>", data)


@pytest.mark.usefixtures("_site")
@settings(max_examples=EXAMPLES)
@given(path=PATHS, headers=HEADERS, request=st.tuples(METHODS, QUERIES, BODIES), is_logged_in=st.booleans())
def test_any_request_gets_the_same_response_on_both_paths(ask, as_user, alice, path, headers, request, is_logged_in):
    method, query, body = request
    with transaction.atomic():
        make_note(owner=alice, pk=NOTE)
        client = as_user(alice) if is_logged_in else ProductClient()
        arguments = [method, f"{path}?{query}", body, headers.get("Content-Type", "application/json")]

        short, chain = (ask(name, client, *arguments, headers=headers) for name in ("short", "chain"))
        transaction.set_rollback(True)

    assert short == chain


ERRORS = [
    Http404(),
    PermissionDenied(),
    BadRequest("bad"),
    SuspiciousOperation("odd"),
    MultiPartParserError("torn"),
    OperationalError("gone"),
    Resolver404(),
    ZeroDivisionError("a bug"),
    BadZipFile("any other"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_any_exception_becomes_the_same_problem_on_both_paths(monkeypatch, ask, as_user, alice, error):
    def fail(self, request, view):
        raise error

    monkeypatch.setattr(HasScope, "has_permission", fail)
    client = as_user(alice)
    client.raise_request_exception = False

    short, chain = (ask(name, client, "GET", "/notes") for name in ("short", "chain"))

    assert short == chain
    assert short[0] >= 400


def test_each_operation_has_the_view_that_django_finds():
    short_path = ShortPath()
    for path in DOCUMENT["paths"]:
        address = path.replace("{id}", NOTE).replace("{version}", "7").replace("{name}", "home")
        found = short_path.match(address)
        expected = get_resolver().resolve(address)
        assert (found.func, found.kwargs, found.route) == (expected.func, expected.kwargs, expected.route)


REQUESTS = [
    ("GET", f"/notes/{NOTE}", {}, True),
    ("GET", "/notes", {"X-Forwarded-For": "203.0.113.5"}, True),
    ("POST", "/notes", {}, True),
    ("OPTIONS", "/notes", {}, False),
    ("GET", "/notes", {"Origin": ORIGIN}, False),
    ("GET", "/notes", {"Cookie": "a=b"}, False),
    ("GET", "/notes", {"Host": "evil.example"}, False),
    ("GET", "/docs", {}, False),
    ("GET", "/admin/", {}, False),
    ("GET", "/livez", {}, False),
    ("GET", "/notes/", {}, False),
]


def test_only_a_plain_request_to_the_api_takes_the_short_path(rf, subtests):
    for method, path, headers, is_short in REQUESTS:
        with subtests.test(method=method, path=path, headers=headers, is_short=is_short):
            request = rf.generic(method, path, headers=headers)

            assert bool(ShortPath().find_view(request)) == is_short

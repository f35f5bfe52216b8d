"""The headers of the pages that links in mails lead to, and what clients other than browsers get."""

import itertools
import re

import pytest

from accounts.models import MailLink
from accounts.tests.link_pages import BROWSER, FORM, PATHS, RESET, heading, open_link, password_for, submit_form
from conftest import NEW_PASSWORD
from notes_api.config.rate import Rate
from notes_api.tests.product_client import ProductClient

pytestmark = pytest.mark.usefixtures("on_commit")

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


def pages(client, path, token):
    """Every kind of page: the form, the error and the confirmation."""
    members = password_for(path)
    return [
        open_link(client, path, token),
        open_link(client, path, "x"),
        submit_form(client, path, token="x", **members),
        submit_form(client, path, token=token, new_password="short"),
        submit_form(client, path, token=token, **members),
    ]


@pytest.mark.parametrize("path", PATHS)
def test_no_page_leaks_its_token(client, link_tokens, path, caplog):
    caplog.set_level("DEBUG")

    headers = [response.headers for response in pages(client, path, link_tokens[path])]

    assert {header["Referrer-Policy"] for header in headers} == {"no-referrer"}
    assert {header["Cache-Control"] for header in headers} == {"no-store"}
    assert [line for line in caplog.messages if path in line]
    assert link_tokens[path] not in caplog.text


@pytest.mark.parametrize("path", PATHS)
def test_a_page_loads_its_own_style_and_sends_to_its_own_server_only(client, link_tokens, path):
    shown = pages(client, path, link_tokens[path])

    assert {response.headers["Content-Security-Policy"] for response in shown} == {POLICY}
    assert [response for response in shown if re.search(rb"<script|<style| style=", response.content)] == []
    assert {
        address for response in shown for address in re.findall(rb'(?:src|href)="(?!/static/)', response.content)
    } == set()


@pytest.mark.parametrize("path", PATHS)
def test_a_browser_that_names_no_origin_sends_the_form_over_https(link_tokens, path):
    browser = ProductClient(enforce_csrf_checks=True)
    body = f"token={link_tokens[path]}&new_password={NEW_PASSWORD}" if path == RESET else f"token={link_tokens[path]}"

    response = browser.post(path, body, content_type=FORM, headers={**BROWSER, "Origin": "null"}, secure=True)

    assert response.status_code == 200


@pytest.mark.parametrize("path", PATHS)
def test_no_page_sets_a_cookie(client, link_tokens, path):
    assert not [response.cookies for response in pages(client, path, link_tokens[path]) if response.cookies]


def test_a_client_that_does_not_accept_html_gets_405(client, subtests):
    for path, accept in itertools.product(PATHS, ["*/*", "application/json", "application/problem+json, */*;q=0.1"]):
        with subtests.test(path=path, accept=accept):
            response = client.get(path, headers={"Accept": accept})

            assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")
            assert response.headers["Allow"] == "POST, OPTIONS"


@pytest.mark.parametrize("path", PATHS)
def test_json_gets_no_page(client, link_tokens, path):
    body = {"token": link_tokens[path], **password_for(path)}

    response = client.post(path, body, headers={"Accept": "application/json, text/html;q=0.1"})

    assert (response.status_code, response.content) == (204, b"")


@pytest.mark.parametrize("path", PATHS)
def test_the_api_accepts_no_form(client, link_tokens, path):
    response = client.post(path, f"token={link_tokens[path]}", content_type=FORM)

    assert (response.status_code, response.json()["code"]) == (415, "unsupported_media_type")


def test_a_page_allows_no_other_method(client, subtests):
    for path, method in itertools.product(PATHS, ["put", "patch", "delete"]):
        with subtests.test(path=path, method=method):
            assert getattr(client, method)(path, headers=BROWSER).status_code == 405


@pytest.mark.parametrize("path", PATHS)
def test_calls_are_counted_for_pages_too(client, link_tokens, path, settings):
    settings.THROTTLE_API = Rate(1, 3600)
    open_link(client, path, link_tokens[path])

    response = submit_form(client, path, token=link_tokens[path])

    assert (response.status_code, heading(response)) == (429, "This did not work")
    assert "Retry-After" in response.headers
    assert MailLink.objects.count() == 2

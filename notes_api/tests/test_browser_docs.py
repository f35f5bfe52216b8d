"""The documentation in a real browser."""

import re

import pytest

from notes_api.tests.browser import foreign, show, what_is_missing
from notes_api.tests.edge.server import eventually
from notes_api.tests.live_server import PASSWORD, logged_in

# The second of the three schemes in the dialog.
PROGRAM = ".auth-container:nth-child(2)"

pytestmark = pytest.mark.skipif(bool(what_is_missing()), reason=what_is_missing())


def test_authorize_and_try_it_out_create_a_note(browser, product):
    with logged_in(product) as client:
        browser.open(f"{product.url}/docs")
        browser.find("#operations-Notes-createNote")
        show(browser, "docs")

        browser.click(".btn.authorize")
        browser.write("#oauth_username", client.email)
        browser.write("#oauth_password", PASSWORD)
        show(browser, "docs-authorize")
        browser.click(".auth-btn-wrapper .btn.authorize")
        # The button has become "Logout".
        browser.find(".auth-btn-wrapper .btn.modal-btn.auth:not(.authorize)")
        show(browser, "docs-authorized")
        browser.click(".btn-done")

        browser.click("#operations-Notes-createNote .opblock-summary-control")
        browser.click("#operations-Notes-createNote .try-out__btn")
        browser.click("#operations-Notes-createNote .execute")
        status = browser.text("#operations-Notes-createNote .live-responses-table tbody .response-col_status")
        show(browser, "docs-created")

        assert status.startswith("201")
        assert len(client.get("/notes").json()["results"]) == 1
        assert foreign(browser, product) == []
        assert browser.complaints() == []


def test_authorize_takes_an_api_token(browser, product):
    with logged_in(product) as client:
        token = client.post("/tokens", json={"name": "Page", "scopes": ["notes:append"]}).json()["token"]
        # Another address, so that nothing of the previous log-in is left.
        browser.open(f"{product.url}/docs?by=token")

        browser.click(".btn.authorize")
        browser.write("#auth-bearer-value", token)
        browser.click("form:has(#auth-bearer-value) .btn.authorize")
        browser.click(".btn-done")
        browser.click("#operations-Notes-createNote .opblock-summary-control")
        browser.click("#operations-Notes-createNote .try-out__btn")
        browser.click("#operations-Notes-createNote .execute")
        status = browser.text("#operations-Notes-createNote .live-responses-table tbody .response-col_status")
        answer = browser.text("#operations-Notes-createNote .live-responses-table .highlight-code")
        show(browser, "docs-by-token")

        assert status.startswith("201")
        assert '"version": 1' in answer
        assert "title" not in answer
        assert len(client.get("/notes").json()["results"]) == 1


def test_authorize_as_a_program_reads_notes(browser, product):
    with logged_in(product) as client:
        client.post("/notes", json={"title": "Milk"}).raise_for_status()
        # Another address, so that nothing of the previous log-in is left.
        browser.open(f"{product.url}/docs?by=program")

        browser.click(".btn.authorize")
        show(browser, "docs-authorize-program")
        browser.click(f"{PROGRAM} .btn.authorize")
        with browser.in_popup():
            browser.write("#email", client.email)
            browser.write("#password", PASSWORD)
            browser.click("button[value=allow]")
            browser.find("input[name=scope]")
            show(browser, "docs-program-question")
            browser.click("button[value=allow]")
        browser.find(f"{PROGRAM} [aria-label='Remove authorization']")
        browser.click(".btn-done")
        browser.click("#operations-Notes-listNotes .opblock-summary-control")
        browser.click("#operations-Notes-listNotes .try-out__btn")
        browser.click("#operations-Notes-listNotes .execute")
        status = browser.text("#operations-Notes-listNotes .live-responses-table tbody .response-col_status")
        answer = browser.text("#operations-Notes-listNotes .live-responses-table .highlight-code")
        (grant,) = client.get("/grants").json()["results"]

        assert status.startswith("200")
        assert "Milk" in answer
        assert (grant["name"], grant["client_id"], grant["scopes"]) == (
            "Swagger UI",
            f"{product.url}/docs",
            ["notes:read"],
        )
        assert foreign(browser, product) == []
        assert browser.complaints() == []


def test_redoc_shows_the_operations_and_loads_nothing_from_elsewhere(browser, product):
    browser.open(f"{product.url}/redoc")
    browser.find('[data-section-id="tag/Notes"]')
    show(browser, "redoc")

    assert "Cloud Notes API" in browser.text("h1")
    assert browser.text('[data-section-id="tag/Notes"]') != ""
    assert foreign(browser, product) == []
    assert browser.complaints() == []


def test_authorize_asks_for_no_client(browser, product):
    browser.open(f"{product.url}/docs?for=fields")
    browser.click(".btn.authorize")
    browser.find("#oauth_username")

    shown = browser.script(
        "return [...document.querySelectorAll('.auth-container :is(input, select)')]"
        ".filter(field => field.checkVisibility()).map(field => field.id)"
    )
    assert shown == ["oauth_username", "oauth_password", "auth-bearer-value"]


@pytest.mark.parametrize(("page", "part", "heading"), [("docs", ".opblock", ".title"), ("redoc", "h2", "h1")])
def test_the_documentation_is_dark_where_the_system_is_and_follows_its_changes(browser, product, page, part, heading):
    def shown():
        found = "const found = document.querySelector(arguments[0]); return found ? getComputedStyle(found).color : ''"
        return brightness(browser.script(found, heading))

    with browser.in_colours("dark"):
        browser.open(f"{product.url}/{page}?change")
        browser.find(part)
        show(browser, f"{page}-dark")
        colours = browser.script(
            "return [getComputedStyle(document.body).color, getComputedStyle(document.documentElement).colorScheme]"
        )
        assert shown() > 150

    assert brightness(colours[0]) > 200
    assert "dark" in colours[1]
    eventually(lambda: shown() < 100, 30)


def brightness(colour):
    """Return the mean of red, green and blue in `rgb(230, 232, 235)`."""
    parts = [int(part) for part in re.findall(r"\d+", colour)[:3]]
    return sum(parts) / 3

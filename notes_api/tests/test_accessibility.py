"""No page breaks a rule of axe-core seriously or critically, in light and in dark colours."""

import pytest

from accounts.tests.authenticator_app import code
from notes_api.tests import node_packages
from notes_api.tests.accessibility import violations
from notes_api.tests.browser import show, what_is_missing
from notes_api.tests.live_server import PASSWORD

MISSING = what_is_missing() or node_packages.what_is_missing("axe-core")
pytestmark = pytest.mark.skipif(bool(MISSING), reason=MISSING)

# The lists of the admin that are wider than their place on the page.
TOO_WIDE = """
return [...document.querySelectorAll("html, .results")].filter(part => part.scrollWidth > part.clientWidth)
    .map(part => part.innerText)
"""
# All operations look the same, and axe-core would take ten seconds for them.
KEEP_ONE_OPERATION = """
[...document.querySelectorAll("[data-section-id*='/operation/']")].slice(1).forEach(section => section.remove())
"""
LISTS = ["/admin/accounts/user/", "/admin/accounts/apitoken/", "/admin/notes/note/", "/admin/outbox/entry/"]
# What only Swagger UI and Django can change. docs/measurements/pages.md describes it.
IN_AN_OPERATION = {"select-name"}
IN_AUTHORIZE = {"button-name", "label-content-name-mismatch"}
IN_AN_ACCOUNT = {"aria-prohibited-attr"}


@pytest.fixture(params=["light", "dark"])
def colours(request, browser):
    with browser.in_colours(request.param):
        yield request.param


def test_swagger_ui(browser, product, colours):
    browser.open(f"{product.url}/docs?{colours}#/Notes/createNote")
    browser.find("#operations-Notes-createNote .responses-table")
    with_an_open_operation = violations(browser)
    browser.click(".btn.authorize")
    browser.find("#oauth_username")

    assert with_an_open_operation.keys() <= IN_AN_OPERATION
    assert violations(browser, ".dialog-ux").keys() <= IN_AUTHORIZE


def test_redoc(browser, product, colours):
    browser.open(f"{product.url}/redoc?{colours}")
    browser.find("[data-section-id] h2")
    browser.script(KEEP_ONE_OPERATION)

    assert violations(browser) == {}


def test_the_admin(browser, product, visitor, member_of_staff, colours):
    visitor.post("/notes", json={"title": "a-very-long-word-" * 15}).raise_for_status()
    token = {"scopes": ["notes:append"], "expires_at": "2999-12-31T12:59:59Z"}
    for name in ["A name of several words", "0" * 100, *map(str, range(20))]:
        visitor.post("/tokens", json={**token, "name": name}).raise_for_status()
    email, secret = member_of_staff
    browser.open(f"{product.url}/admin/")
    found = {"the log-in": violations(browser)}
    browser.write("#id_username", email)
    browser.write("#id_password", PASSWORD)
    browser.write("#id_otp", code(secret, 1))
    browser.click("input[type=submit]")
    browser.find("#charts svg")
    found["/admin/"] = violations(browser)
    show(browser, f"admin-{colours}")

    for page in LISTS:
        browser.open(product.url + page)
        browser.find("#changelist-form")
        found[page] = violations(browser)
        show(browser, f"admin-{page.split('/')[-2]}-{colours}")
        assert browser.script(TOO_WIDE) == []
    browser.open(f"{product.url}/admin/accounts/user/")
    browser.click("#result_list tbody a")
    browser.find("#user_form")
    found["an account"] = {rule: nodes for rule, nodes in violations(browser).items() if rule not in IN_AN_ACCOUNT}

    assert {page: rules for page, rules in found.items() if rules} == {}

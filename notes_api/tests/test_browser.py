"""The documentation, the admin's log-in and the pages of links in mails, in a real browser."""

import base64
import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from accounts.tests.authenticator_app import code
from notes_api.tests.browser import running_browser, what_is_missing
from notes_api.tests.edge.server import ROOT
from notes_api.tests.fake_smtp import postbox
from notes_api.tests.live_server import PASSWORD, connected, environment, log_in, logged_in, serving
from notes_api.tests.test_mailing import link_of

pytestmark = pytest.mark.skipif(bool(what_is_missing()), reason=what_is_missing())

# The directory for screenshots; none are kept if it is unset.
SCREENSHOTS = os.environ.get("SCREENSHOTS")


@pytest.fixture(scope="module")
def browser():
    with running_browser() as browser:
        yield browser


def show(browser, name):
    if SCREENSHOTS:
        browser.screenshot(Path(SCREENSHOTS, f"{name}.png"))


def foreign(browser, product):
    """Return the requested addresses on other hosts."""
    return [url for url in browser.requested() if not url.startswith((product.url, "data:", "blob:"))]


def test_authorize_and_try_it_out_create_a_note(browser, product):
    with logged_in(product) as client:
        browser.requested()
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


def test_redoc_shows_the_operations_and_loads_nothing_from_elsewhere(browser, product):
    browser.requested()
    browser.open(f"{product.url}/redoc")
    browser.find('[data-section-id="tag/Notes"]')
    show(browser, "redoc")

    assert "Cloud Notes API" in browser.text("h1")
    assert browser.text('[data-section-id="tag/Notes"]') != ""
    assert foreign(browser, product) == []
    # It would load its maker's logo from another host; the page's policy blocks that.
    assert [complaint for complaint in browser.complaints() if "logo-mini.svg" not in complaint] == []


@pytest.fixture
def staff_email(browser, product, served_database):
    """The e-mail address of an account, which is not logged in to the admin."""
    email = f"{secrets.token_hex(6)}@example.com"
    command = [sys.executable, "manage.py", "createuser", email, "--staff", "--password-stdin"]
    subprocess.run(command, cwd=ROOT, env=environment(served_database), input=PASSWORD, text=True, check=True)
    browser.open(f"{product.url}/livez")
    browser.send("DELETE", "/cookie")
    return email


@pytest.fixture
def member_of_staff(product, staff_email):
    """The e-mail address of an account with a second factor, and its secret."""
    email = staff_email
    with connected(product) as client:
        client.headers["Authorization"] = f"Bearer {log_in(client, email).json()['access_token']}"
        secret = base64.b32decode(client.post("/users/me/otp", json={"password": PASSWORD}).json()["secret"])
        client.post("/users/me/otp/confirm", json={"otp": code(secret)}).raise_for_status()
    return email, secret


def test_the_admin_asks_for_the_code_after_the_password(browser, product, member_of_staff):
    email, secret = member_of_staff
    browser.requested()
    browser.open(f"{product.url}/admin/")
    browser.write("#id_username", email)
    browser.write("#id_password", PASSWORD)
    show(browser, "admin-login")
    browser.click("input[type=submit]")
    assert browser.text(".errornote") == "Enter your password again, and a one-time code."
    show(browser, "admin-login-asked")

    browser.write("#id_password", PASSWORD)
    browser.write("#id_otp", code(secret, 1))
    browser.click("input[type=submit]")
    assert browser.text("#user-tools").startswith(f"WELCOME, {email.upper()}")
    show(browser, "admin")

    assert foreign(browser, product) == []
    # The admin has no icon, which every browser asks for.
    assert [complaint for complaint in browser.complaints() if "favicon.ico" not in complaint] == []


def test_staff_enrol_an_authenticator_app_in_the_admin(browser, product, staff_email):
    browser.complaints()
    browser.requested()
    browser.open(f"{product.url}/admin/second_factor/")
    browser.write("#id_username", staff_email)
    browser.write("#id_password", PASSWORD)
    browser.click("input[type=submit]")

    # The form's address tells this page from the log-in, which also has a password field.
    form = 'form[action="/admin/second_factor/"]'
    browser.write(f"{form} #id_password", PASSWORD)
    show(browser, "admin-second-factor")
    browser.click(f"{form} input[type=submit]")
    secret = browser.text("#content-main p code")
    show(browser, "admin-second-factor-secret")
    assert browser.script("return document.querySelector('#content-main svg').getBoundingClientRect().width") > 100

    browser.write(f"{form} #id_otp", code(base64.b32decode(secret)))
    browser.click(f"{form} input[type=submit]")
    browser.find("#content-main li code")
    show(browser, "admin-second-factor-on")
    assert browser.script("return document.querySelectorAll('#content-main li code').length") == 10
    browser.click("#content-main p a")
    browser.find("body.dashboard")
    assert browser.text("#user-tools").startswith(f"WELCOME, {staff_email.upper()}")

    with connected(product) as client:
        assert log_in(client, staff_email).json()["code"] == "mfa_required"
    assert foreign(browser, product) == []
    assert [complaint for complaint in browser.complaints() if "favicon.ico" not in complaint] == []


@pytest.fixture(scope="module")
def mailing():
    with postbox() as box:
        yield box


@pytest.fixture(scope="module")
def mailing_product(served_database, mailing):
    """The product with a mail server, verified addresses and all log lines."""
    variables = {"EMAIL_URL": mailing.url, "EMAIL_VERIFICATION": "optional", "LOG_LEVEL": "DEBUG"}
    with serving(served_database, **variables) as server:
        yield server


def test_the_link_in_a_mail_sets_a_password_that_logs_in(browser, mailing_product, mailing):
    with logged_in(mailing_product) as client, browser.on_a_phone():
        client.post("/password/reset", json={"email": client.email}).raise_for_status()
        link = link_of(mailing.wait_for(client.email, 2)[-1]).replace("http://127.0.0.1:8000", mailing_product.url)
        browser.requested()
        browser.open(link)
        show(browser, "link-reset")
        assert browser.script("return document.documentElement.scrollWidth") <= 360

        browser.write("[type=password]", "password123")
        browser.click("button")
        assert browser.text("#errors") == "This password is too common."
        show(browser, "link-reset-refused")

        browser.write("[type=password]", "a walk by the sea")
        browser.click("button")
        browser.find("main:not(:has(form))")
        show(browser, "link-reset-done")

        assert browser.text("h1") == "Your new password is set"
        assert log_in(client, client.email, "a walk by the sea").status_code == 200
        browser.open(link)
        assert "no longer valid" in browser.text("h1 + p")
        show(browser, "link-reset-used")
        assert foreign(browser, mailing_product) == []
        # The browser reports each error response; its policy blocked nothing.
        assert [complaint for complaint in browser.complaints() if "status of 400" not in complaint] == []
        assert link.partition("=")[2] not in mailing_product.log()


def test_the_link_in_a_mail_confirms_the_address(browser, mailing_product, mailing):
    with logged_in(mailing_product) as client:
        link = link_of(mailing.wait_for(client.email)[0]).replace("http://127.0.0.1:8000", mailing_product.url)
        browser.open(link)
        show(browser, "link-verify")
        assert client.get("/users/me").json()["email_verified"] is False

        browser.click("button")
        browser.find("main:not(:has(form))")

        assert browser.text("h1") == "Your address is confirmed"
        assert client.get("/users/me").json()["email_verified"] is True

"""The admin's log-in and the pages of links in mails, in a real browser."""

import base64

import pytest

from accounts.tests.authenticator_app import code
from notes_api.tests import node_packages
from notes_api.tests.accessibility import violations
from notes_api.tests.browser import foreign, show, what_is_missing
from notes_api.tests.fake_smtp import postbox
from notes_api.tests.live_server import PASSWORD, connected, log_in, logged_in, serving
from notes_api.tests.test_mailing import link_of

pytestmark = pytest.mark.skipif(bool(what_is_missing()), reason=what_is_missing())


def test_the_admin_asks_for_the_code_after_the_password(browser, product, member_of_staff):
    email, secret = member_of_staff
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
    assert browser.complaints() == []


def test_staff_enrol_an_authenticator_app_in_the_admin(browser, product, staff_email):
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
    assert browser.complaints() == []


@pytest.fixture(scope="module")
def mailing():
    with postbox() as box:
        yield box


@pytest.fixture(scope="module")
def mailing_product(mail_database, mailing):
    """The product with a mail server, verified addresses and all log lines."""
    variables = {"EMAIL_URL": mailing.url, "EMAIL_VERIFICATION": "optional", "LOG_LEVEL": "DEBUG"}
    with serving(mail_database, **variables) as server:
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


@pytest.mark.skipif(bool(node_packages.what_is_missing("axe-core")), reason=node_packages.what_is_missing("axe-core"))
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_the_page_of_a_link_is_accessible(browser, mailing_product, mailing, colours):
    with logged_in(mailing_product) as client, browser.in_colours(colours):
        client.post("/password/reset", json={"email": client.email}).raise_for_status()
        link = link_of(mailing.wait_for(client.email, 2)[-1]).replace("http://127.0.0.1:8000", mailing_product.url)
        browser.open(link)
        browser.find("[type=password]")
        assert violations(browser) == {}

        browser.write("[type=password]", "password123")
        browser.click("button")
        browser.find("#errors")
        assert violations(browser) == {}

"""The page on which a user allows a program something, in a real browser."""

from urllib.parse import urlencode

import pytest

from accounts.flows.oauth.grant_types import DEVICE_CODE
from accounts.tests.authenticator_app import code
from accounts.tests.programs import make_challenge
from notes_api.tests import node_packages
from notes_api.tests.accessibility import violations
from notes_api.tests.browser import show, what_is_missing
from notes_api.tests.edge.server import eventually
from notes_api.tests.live_server import PASSWORD

MISSING = what_is_missing() or node_packages.what_is_missing("axe-core")
pytestmark = pytest.mark.skipif(bool(MISSING), reason=MISSING)

TOO_WIDE = "return document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.fixture(params=["light", "dark"])
def colours(request, browser):
    with browser.in_colours(request.param):
        yield request.param


@pytest.fixture
def page(product, stranger):
    """The address of the page. The program's redirect URI is a page of the server itself, which exists."""
    redirect_uri = f"{product.url}/docs"
    metadata = {"client_name": "Writing assistant", "redirect_uris": [redirect_uri]}
    client_id = stranger.post("/register", json=metadata).raise_for_status().json()["client_id"]
    query = {"response_type": "code", "client_id": client_id, "redirect_uri": redirect_uri, "state": "x",
             "scope": "notes:read notes:edit notes:trash", "code_challenge": make_challenge("v" * 43),
             "code_challenge_method": "S256"}  # fmt: skip
    return f"{product.url}/authorize?{urlencode(query)}"


def look(browser, name):
    """Keep screenshots on a screen and on a phone, and return what axe-core and the width of a phone find."""
    show(browser, name)
    found = violations(browser)
    phone = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
    browser.command("Emulation.setDeviceMetricsOverride", phone)
    show(browser, f"{name}-390")
    found |= {f"{rule} at 390 px": nodes for rule, nodes in violations(browser).items()}
    is_too_wide = browser.script(TOO_WIDE)
    browser.command("Emulation.clearDeviceMetricsOverride", {})
    return found | ({"too wide": name} if is_too_wide else {})


def test_a_user_allows_a_program(browser, visitor, page, colours):
    browser.open(page)
    found = look(browser, f"authorize-log-in-{colours}")
    browser.write("#email", visitor.email)
    browser.write("#password", PASSWORD)
    browser.click("button[value=allow]")
    browser.find("input[name=scope]")
    found |= look(browser, f"authorize-question-{colours}")
    browser.write("#tags", "work")
    browser.click("button[value=allow]")

    browser.find("#swagger-ui")
    assert "code=" in browser.script("return location.search")
    assert found == {}
    assert browser.complaints() == []


def test_a_user_with_a_second_factor_types_a_code(browser, page, member_of_staff, colours):
    email, secret = member_of_staff
    browser.open(page)
    browser.write("#email", email)
    browser.write("#password", PASSWORD)
    browser.click("button[value=allow]")
    browser.find("#otp")
    found = look(browser, f"authorize-code-{colours}")
    browser.write("#otp", code(secret, 1))
    browser.click("button[value=allow]")
    browser.find("input[name=scope]")
    browser.click("button[value=refuse]")

    browser.find("#swagger-ui")
    assert "error=access_denied" in browser.script("return location.search")
    assert found == {}


def test_a_user_allows_a_device(browser, product, visitor, stranger, colours):
    device = {"client_name": "Kitchen display", "grant_types": [DEVICE_CODE]}
    client_id = stranger.post("/register", json=device).raise_for_status().json()["client_id"]
    asked = {"client_id": client_id, "scope": "notes:read notes:append"}
    codes = stranger.post("/device/authorization", json=asked).raise_for_status().json()
    browser.open(f"{product.url}/device")
    browser.write("#code", codes["user_code"])
    browser.click("button")
    browser.write("#email", visitor.email)
    browser.write("#password", PASSWORD)
    found = look(browser, f"device-log-in-{colours}")
    browser.click("button[value=allow]")
    browser.find("input[name=scope]")
    found |= look(browser, f"device-question-{colours}")
    assert codes["user_code"] in browser.text("dl")
    browser.click("button[value=allow]")
    eventually(lambda: browser.text("h1") == "The device has access now", 30)
    found |= look(browser, f"device-allowed-{colours}")

    assert found == {}
    assert browser.complaints() == []
    tokens = {"grant_type": DEVICE_CODE, "client_id": client_id, "device_code": codes["device_code"]}
    assert stranger.post("/token", data=tokens).status_code == 200


def test_an_invalid_request_and_the_page_for_devices(browser, product, page, colours):
    browser.open(page.replace("S256", "plain"))
    found = look(browser, f"authorize-invalid-{colours}")
    browser.open(f"{product.url}/device")
    found |= look(browser, f"device-{colours}")

    assert found == {}

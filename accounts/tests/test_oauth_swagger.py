"""Swagger UI is a client of the authorisation server without a registration."""

import pytest

from accounts.models import OAuthClient
from accounts.tests.programs import Program
from notes_api.config.rate import Rate

pytestmark = pytest.mark.usefixtures("on_commit")

PAGE = "http://testserver/docs"


@pytest.fixture
def swagger(client, alice):
    program = Program(client)
    program.client_id, program.redirect_uri = PAGE, f"{PAGE}/oauth2-redirect.html"
    OAuthClient.objects.all().delete()
    return program


@pytest.mark.parametrize("mode", ["open", "closed"])
def test_swagger_ui_gets_tokens_without_a_registration(swagger, settings, mode):
    settings.OAUTH = mode

    tokens = swagger.connect()

    assert swagger.call(tokens).status_code == 200
    assert [each.identifier for each in OAuthClient.objects.all()] == [PAGE]


def test_swagger_ui_is_answered_only_at_its_own_page(swagger):
    assert swagger.open(redirect_uri="http://127.0.0.1:4711/callback").status_code == 400
    assert swagger.open(redirect_uri=f"{PAGE}/other.html").status_code == 400


def test_the_page_says_that_swagger_ui_belongs_to_the_server(swagger, client):
    assert b"This program is the documentation of this server." in swagger.open().content
    assert b"This server has not verified this program." in Program(client).open().content


def test_the_page_of_another_server_is_not_swagger_ui(swagger):
    assert swagger.open(client_id="http://elsewhere.example/docs").status_code == 400
    assert not OAuthClient.objects.exists()


def test_open_registration_abuse_with_many_ports_of_the_server_is_limited(swagger, settings):
    settings.THROTTLE_REGISTER = Rate(2, 3600)

    for port in range(8000, 8003):
        swagger.browser.get(f"/authorize?client_id=http://localhost:{port}/docs", HTTP_HOST=f"localhost:{port}")

    assert OAuthClient.objects.count() == 2

"""The mail about a log-in from a new device."""

import pytest
from django.core import mail

from conftest import PASSWORD, START

pytestmark = pytest.mark.usefixtures("on_commit")
FIREFOX, UPDATED, CURL = "Mozilla/5.0 (X11) Firefox/128.0", "Mozilla/5.0 (X11) Firefox/129.0", "curl/8.5.0"
HOME, AWAY = "203.0.113.5", "198.51.100.7"


@pytest.fixture(autouse=True)
def _first_log_in(client, alice, time_machine):
    time_machine.move_to(START, tick=False)
    log_in(client)
    assert mail.outbox == []


def log_in(client, user_agent=FIREFOX, address=HOME):
    data = {"username": "alice@example.com", "password": PASSWORD}
    client.post("/login", data, headers={"User-Agent": user_agent}, REMOTE_ADDR=address)


def test_a_known_device_is_not_reported_even_after_an_update(client):
    log_in(client, UPDATED)

    assert mail.outbox == []


@pytest.mark.parametrize(("user_agent", "address"), [(CURL, HOME), (FIREFOX, AWAY)])
def test_a_new_device_or_network_is_reported_once(client, user_agent, address):
    log_in(client, user_agent, address)
    log_in(client, user_agent, address)

    [sent] = mail.outbox
    assert sent.subject == "A new device logged in"
    assert address in sent.body


def test_a_device_is_forgotten_after_30_days(client, time_machine):
    time_machine.shift(30 * 86400)
    log_in(client)

    assert len(mail.outbox) == 1


def test_a_client_cannot_put_a_link_into_the_mail(client):
    log_in(client, "http://evil.example/x")

    assert "evil.example" not in mail.outbox[0].body

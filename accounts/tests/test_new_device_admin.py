"""The mail about a log-in to the admin from a new device."""

import pytest
from django.core import mail
from django.test import Client

from accounts.models import Session
from accounts.models.session import MAX_ENDED_SESSIONS, MAX_SESSIONS
from conftest import PASSWORD, START
from notes_api.config.rate import Rate

pytestmark = pytest.mark.usefixtures("on_commit")
FIREFOX, CURL = "Mozilla/5.0 (X11) Firefox/128.0", "curl/8.5.0"
HOME, AWAY = "203.0.113.5", "198.51.100.7"


@pytest.fixture(autouse=True)
def _first_log_in(superuser, time_machine):
    time_machine.move_to(START, tick=False)
    log_in()
    assert mail.outbox == []


def log_in(user_agent=FIREFOX, address=HOME, password=PASSWORD):
    form = {"username": "root@example.com", "password": password}
    return Client().post("/admin/login/", form, headers={"User-Agent": user_agent}, REMOTE_ADDR=address)


def test_a_known_device_is_not_reported(client):
    log_in()

    assert mail.outbox == []


@pytest.mark.parametrize(("user_agent", "address"), [(CURL, HOME), (FIREFOX, AWAY)])
def test_a_new_device_or_network_is_reported_once(user_agent, address):
    log_in(user_agent, address)
    log_in(user_agent, address)

    [sent] = mail.outbox
    assert (sent.to, sent.subject) == (["root@example.com"], "A new device logged in")
    assert address in sent.body


def test_a_wrong_password_reports_nothing():
    log_in(CURL, AWAY, "wrong password")

    assert mail.outbox == []


def test_the_api_knows_the_devices_of_the_admin(client):
    body = {"username": "root@example.com", "password": PASSWORD}
    client.post("/login", body, headers={"User-Agent": FIREFOX}, REMOTE_ADDR=HOME)

    assert mail.outbox == []


def test_a_network_known_from_the_admin_has_its_own_count_of_guesses(settings):
    settings.THROTTLE_LOGIN = Rate(1, 900)
    log_in(address=AWAY, password="wrong password")

    assert log_in(address=AWAY).status_code == 429
    assert log_in().status_code == 302


def test_a_log_in_to_the_admin_is_not_a_session_of_the_api(as_user, superuser):
    phone = as_user(superuser)

    assert [row["id"] for row in phone.get("/sessions").json()["results"]] == [str(phone.session_row.pk)]


def test_a_log_in_to_the_admin_deletes_old_sessions_but_ends_none(superuser):
    live = Session.objects.bulk_create(Session(user=superuser) for _ in range(MAX_SESSIONS))
    for _ in range(3):
        log_in()
    Session.objects.bulk_create(
        Session(user=superuser, revoked_at=live[0].created_at) for _ in range(MAX_ENDED_SESSIONS)
    )

    log_in()

    assert Session.objects.of(superuser).live().count() == MAX_SESSIONS
    assert Session.objects.of(superuser).ended().count() == MAX_ENDED_SESSIONS

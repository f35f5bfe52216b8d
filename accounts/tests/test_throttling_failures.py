"""Only a wrong password counts, not an attempt that fails, is cut off or never finishes."""

import pytest
from django.conf import settings as configured
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection
from django.test import Client

from accounts.models import ThrottleCounter
from conftest import PASSWORD, START
from notes_api.config.rate import Rate
from notes_api.server.thread_pool import shut_socket

pytestmark = pytest.mark.django_db(transaction=True)

WORKING = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ONE = Rate(1, 900)


class BreakingHasher(MD5PasswordHasher):
    """Fails before the password is compared."""

    def verify(self, password, encoded):
        raise MemoryError


class CutHasher(MD5PasswordHasher):
    """Loses its database connection during the check, as after a request that took too long."""

    def verify(self, password, encoded):
        shut_socket(connection)
        return super().verify(password, encoded)


@pytest.fixture(autouse=True)
def _one_guess(settings, time_machine):
    time_machine.move_to(START, tick=False)
    settings.THROTTLE_LOGIN = ONE


@pytest.fixture
def api(alice):
    """Log Alice in over the API."""
    client = Client(raise_request_exception=False)
    return lambda password=PASSWORD: client.post("/login", {"username": alice.email, "password": password})


@pytest.fixture
def admin(superuser):
    """Log the superuser in to the admin."""
    client = Client(raise_request_exception=False)
    form = {"username": superuser.email, "next": "/admin/"}
    return lambda password=PASSWORD: client.post("/admin/login/", {**form, "password": password})


needs_a_socket = pytest.mark.skipif(not configured.DATABASE_HOSTNAME, reason="SQLite has no connection to cut")


@pytest.mark.parametrize(("door", "opened"), [("api", 200), ("admin", 302)])
def test_a_log_in_that_breaks_is_not_counted(request, settings, door, opened):
    log_in = request.getfixturevalue(door)
    settings.PASSWORD_HASHERS = [f"{__name__}.BreakingHasher"]
    assert log_in().status_code == 500
    settings.PASSWORD_HASHERS = WORKING

    assert log_in().status_code == opened


@needs_a_socket
def test_a_right_password_is_not_counted_although_its_connection_was_cut(api, settings):
    settings.PASSWORD_HASHERS = [f"{__name__}.CutHasher"]
    assert api().status_code == 503
    settings.PASSWORD_HASHERS = WORKING

    assert api().status_code == 200


@needs_a_socket
def test_a_wrong_password_is_counted_although_its_connection_was_cut(api, settings, time_machine):
    settings.PASSWORD_HASHERS = [f"{__name__}.CutHasher"]
    assert api("wrong").status_code == 401
    settings.PASSWORD_HASHERS = WORKING
    time_machine.shift(600)

    response = api()

    assert response.status_code == 429
    assert response.headers["Retry-After"] == "300"


@needs_a_socket
def test_the_admin_counts_a_wrong_password_although_its_connection_was_cut(admin, settings, time_machine):
    settings.PASSWORD_HASHERS = [f"{__name__}.CutHasher"]
    admin("wrong")
    settings.PASSWORD_HASHERS = WORKING
    time_machine.shift(600)

    assert admin().headers["Retry-After"] == "300"


def test_an_unfinished_attempt_is_forgotten_after_a_minute(time_machine):
    ThrottleCounter.objects.reserve("somebody", ONE, 60)

    assert ThrottleCounter.objects.reserve("somebody", ONE, 60) == 60
    time_machine.shift(60)
    assert ThrottleCounter.objects.reserve("somebody", ONE, 60) == 0


def test_a_window_in_which_an_attempt_failed_has_its_full_length(time_machine):
    ThrottleCounter.objects.reserve("somebody", ONE, 60)
    ThrottleCounter.objects.confirm("somebody", ONE)

    assert ThrottleCounter.objects.reserve("somebody", ONE, 60) == 900


def test_a_second_failure_does_not_extend_the_window(time_machine):
    ThrottleCounter.objects.reserve("somebody", Rate(2, 900), 60)
    ThrottleCounter.objects.confirm("somebody", Rate(2, 900))
    time_machine.shift(880)
    ThrottleCounter.objects.reserve("somebody", Rate(2, 900), 60)
    ThrottleCounter.objects.confirm("somebody", Rate(2, 900))

    assert ThrottleCounter.objects.reserve("somebody", Rate(2, 900), 60) == 20


def test_after_a_full_window_the_next_is_provisional_again(time_machine):
    ThrottleCounter.objects.reserve("somebody", ONE, 60)
    ThrottleCounter.objects.confirm("somebody", ONE)
    time_machine.shift(900)
    ThrottleCounter.objects.reserve("somebody", ONE, 60)

    assert ThrottleCounter.objects.reserve("somebody", ONE, 60) == 60


def test_a_provisional_window_is_not_longer_than_the_window():
    ThrottleCounter.objects.reserve("somebody", Rate(1, 10), 60)

    assert ThrottleCounter.objects.reserve("somebody", Rate(1, 10), 60) == 10

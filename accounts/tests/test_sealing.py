"""What the server must read again is sealed with SECRET_KEY, and survives a change of it."""

import pytest
from django.core.management import call_command

from accounts.models import SecondFactor
from accounts.sealing import Unreadable, is_current, seal, unseal
from accounts.tests.authenticator import code
from accounts.tests.codes import START, switch_on
from conftest import PASSWORD

NEW_KEY, OTHER_KEY = "another-0123456789-abcdefghijklmnopqrstuvw", "a-third-0123456789-abcdefghijklmnopqrstuvw"


@pytest.fixture(autouse=True)
def _clock(time_machine):
    time_machine.move_to(START, tick=False)


@pytest.fixture
def change_key(settings):
    """Another SECRET_KEY; the old one is a fallback, or forgotten."""

    def change_key(key=NEW_KEY, *, is_old_one_kept=True):
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY] if is_old_one_kept else []
        settings.SECRET_KEY = key

    return change_key


def log_in(client, otp):
    return client.post("/login", {"username": "alice@example.com", "password": PASSWORD, "otp": otp})


def test_what_was_sealed_can_be_read_again():
    assert unseal(seal(b"secret")) == b"secret"


def test_the_same_secret_is_never_sealed_alike():
    assert seal(b"secret") != seal(b"secret")


def test_with_another_key_nothing_can_be_read(change_key):
    sealed = seal(b"secret")
    change_key(is_old_one_kept=False)

    with pytest.raises(Unreadable):
        unseal(sealed)


def test_what_was_altered_cannot_be_read():
    sealed = seal(b"secret")

    with pytest.raises(Unreadable):
        unseal(sealed[:-4] + ("AAA=" if sealed[-4:] != "AAA=" else "AAE="))


def test_a_fallback_opens_what_it_sealed(change_key):
    sealed = seal(b"secret")
    assert is_current(sealed)
    change_key()

    assert unseal(sealed) == b"secret"
    assert not is_current(sealed)
    assert is_current(seal(b"secret"))


def test_codes_work_while_the_old_key_is_a_fallback(alice, client, change_key):
    secret, _ = switch_on(alice)
    change_key()

    assert log_in(client, code(secret)).status_code == 200


def test_after_the_daily_job_the_old_key_can_be_forgotten(alice, bob, client, change_key, settings, capsys):
    secret, _ = switch_on(alice)
    change_key()
    switch_on(bob)

    call_command("purge")
    settings.SECRET_KEY_FALLBACKS = []

    assert "       1 second factors sealed anew" in capsys.readouterr().out.splitlines()
    assert log_in(client, code(secret)).status_code == 200


def test_the_daily_job_seals_once(alice, change_key):
    switch_on(alice)
    change_key()

    assert [SecondFactor.objects.reseal(), SecondFactor.objects.reseal()] == [1, 0]


def test_the_daily_job_leaves_what_it_cannot_read(alice, change_key):
    switch_on(alice)
    sealed = SecondFactor.objects.get().sealed_secret
    change_key(is_old_one_kept=False)
    change_key(OTHER_KEY)

    assert SecondFactor.objects.reseal() == 0
    assert SecondFactor.objects.get().sealed_secret == sealed


def test_without_a_fallback_the_daily_job_looks_at_nothing(alice, django_assert_num_queries):
    switch_on(alice)

    with django_assert_num_queries(0):
        SecondFactor.objects.reseal()


def test_with_the_key_lost_a_code_is_refused_and_the_operator_told(alice, client, change_key, caplog):
    secret, _ = switch_on(alice)
    change_key(is_old_one_kept=False)

    assert log_in(client, code(secret)).json()["code"] == "invalid_otp"
    errors = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert errors == [f"The second factor of account {alice.pk} cannot be read: SECRET_KEY is another"]


def test_with_the_key_lost_recovery_codes_still_work(alice, client, change_key):
    _, codes = switch_on(alice)
    change_key(is_old_one_kept=False)

    assert log_in(client, codes[0]).status_code == 200

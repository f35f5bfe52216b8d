"""Encryption at rest with SECRET_KEY, also across a change of the key."""

import pytest
from django.core.management import call_command

from accounts.models import SecondFactor
from accounts.tests.authenticator_app import code
from accounts.tests.second_factors import switch_on
from conftest import PASSWORD
from notes_api.db.encryption import UndecryptableError, decrypt, encrypt, is_current

pytestmark = pytest.mark.usefixtures("at_nine")

NEW_KEY, OTHER_KEY = "another-0123456789-abcdefghijklmnopqrstuvw", "a-third-0123456789-abcdefghijklmnopqrstuvw"
# `secret` as an earlier version encrypted it with NEW_KEY.
STORED_EARLIER = "gAAAAABpW32QbHypFIDBnCxOrlgvZV1J_8NGBZhrle6VMEtt0C2Z95Gd5cXjBqalXxdiTe3OGPxMs9bbhMZDUGlGtmeRljcAkw=="


@pytest.fixture
def change_key(settings):
    """`change_key()` sets another SECRET_KEY; the old one is a fallback or removed."""

    def change_key(key=NEW_KEY, *, is_old_one_kept=True):
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY] if is_old_one_kept else []
        settings.SECRET_KEY = key

    return change_key


def log_in(client, otp):
    return client.post("/login", {"username": "alice@example.com", "password": PASSWORD, "otp": otp})


def test_encrypted_text_can_be_decrypted():
    assert decrypt(encrypt(b"secret")) == b"secret"


def test_the_same_text_is_encrypted_differently_each_time():
    assert encrypt(b"secret") != encrypt(b"secret")


def test_a_secret_that_an_earlier_version_stored_can_be_decrypted(settings):
    settings.SECRET_KEY = NEW_KEY

    assert decrypt(STORED_EARLIER) == b"secret"
    assert is_current(STORED_EARLIER)


def test_another_key_cannot_decrypt(change_key):
    sealed = encrypt(b"secret")
    change_key(is_old_one_kept=False)

    with pytest.raises(UndecryptableError):
        decrypt(sealed)


def test_altered_ciphertext_cannot_be_decrypted():
    sealed = encrypt(b"secret")

    with pytest.raises(UndecryptableError):
        decrypt(sealed[:-4] + ("AAA=" if sealed[-4:] != "AAA=" else "AAE="))


def test_a_fallback_decrypts_its_own_text(change_key):
    sealed = encrypt(b"secret")
    assert is_current(sealed)
    change_key()

    assert decrypt(sealed) == b"secret"
    assert not is_current(sealed)
    assert is_current(encrypt(b"secret"))


def test_codes_work_while_the_old_key_is_a_fallback(alice, client, change_key):
    secret, _ = switch_on(alice)
    change_key()

    assert log_in(client, code(secret)).status_code == 200


def test_after_the_daily_job_the_old_key_can_be_forgotten(alice, bob, client, change_key, settings, capsys):
    secret, _ = switch_on(alice)
    change_key()
    switch_on(bob)

    call_command("purge", "--trust-clock")
    settings.SECRET_KEY_FALLBACKS = []

    assert "       1 second factors encrypted again" in capsys.readouterr().out.splitlines()
    assert log_in(client, code(secret)).status_code == 200


def test_the_daily_job_encrypts_once(alice, change_key):
    switch_on(alice)
    change_key()

    assert [SecondFactor.objects.reencrypt(), SecondFactor.objects.reencrypt()] == [1, 0]


def test_the_daily_job_keeps_secrets_that_it_cannot_decrypt(alice, change_key):
    switch_on(alice)
    sealed = SecondFactor.objects.get().sealed_secret
    change_key(is_old_one_kept=False)
    change_key(OTHER_KEY)

    assert SecondFactor.objects.reencrypt() == 0
    assert SecondFactor.objects.get().sealed_secret == sealed


def test_without_a_fallback_the_daily_job_reads_no_secret(alice, django_assert_num_queries):
    switch_on(alice)

    with django_assert_num_queries(0):
        SecondFactor.objects.reencrypt()


def test_with_a_lost_key_a_code_is_refused_and_logged(alice, client, change_key, caplog):
    secret, _ = switch_on(alice)
    change_key(is_old_one_kept=False)

    assert log_in(client, code(secret)).json()["code"] == "invalid_otp"
    errors = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert errors == [f"The second factor of account {alice.pk} cannot be decrypted: SECRET_KEY has changed"]


def test_with_a_lost_key_recovery_codes_still_work(alice, client, change_key):
    _, codes = switch_on(alice)
    change_key(is_old_one_kept=False)

    assert log_in(client, codes[0]).status_code == 200

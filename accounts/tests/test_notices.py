"""The mails that report a change of the account to its owner."""

import pytest
from django.core import mail

from accounts.models import ApiToken, SecondFactor
from accounts.models.digest import digest_secret
from accounts.models.otp import normalize_code
from accounts.tests.authenticator_app import code
from accounts.tests.second_factors import switch_on
from conftest import PASSWORD, START
from notes_api.config.rate import Rate

pytestmark = pytest.mark.usefixtures("on_commit")

SCRIPT = {"name": "Script", "scopes": ["notes:read"]}
PASSWORDS = {"current_password": PASSWORD, "new_password": "staple battery horse"}


@pytest.fixture(autouse=True)
def _clock(time_machine):
    time_machine.move_to(START, tick=False)


def only_mail():
    [sent] = mail.outbox
    assert sent.to == ["alice@example.com"]
    return sent


def test_a_new_api_token_is_reported_without_its_secret(as_user, alice):
    token = as_user(alice).post("/tokens", SCRIPT).json()

    sent = only_mail()
    assert sent.subject == "An API token was created"
    assert token["prefix"] in sent.body
    assert token["token"] not in sent.body


def test_the_second_factor_off_is_reported_once(as_user, alice):
    switch_on(alice)
    phone = as_user(alice)
    phone.post("/users/me/otp/disable")
    phone.post("/users/me/otp/disable")

    assert only_mail().subject == "Two-factor authentication was turned off"


def test_the_second_factor_on_is_reported(as_user, alice):
    secret = SecondFactor.objects.enrol(alice).secret
    as_user(alice).post("/users/me/otp/confirm", {"otp": code(secret)})

    assert only_mail().subject == "Two-factor authentication was turned on"


def test_a_used_recovery_code_is_reported_with_the_number_left(client, alice):
    _, codes = switch_on(alice)
    client.post("/login", {"username": alice.email, "password": PASSWORD, "otp": codes[0]})

    assert only_mail().subject == "A recovery code was used"
    assert "Recovery codes left: 9." in only_mail().body


def test_a_code_of_the_app_is_not_reported(client, alice):
    secret, _ = switch_on(alice)
    client.post("/login", {"username": alice.email, "password": PASSWORD, "otp": code(secret)})

    assert mail.outbox == []


def test_erasure_is_reported(as_user, alice):
    as_user(alice).post("/users/me/erase")

    assert only_mail().subject == "Your account was erased"


def test_a_changed_password_is_reported_with_the_number_of_active_tokens(as_user, by_token, alice):
    by_token(alice, "notes:read")
    as_user(alice).post("/users/me/password", PASSWORDS)

    assert "API tokens that remain active: 1." in only_mail().body
    assert ApiToken.objects.live().count() == 1


def test_revoke_tokens_revokes_them_with_the_change_of_the_password(as_user, by_token, alice):
    script = by_token(alice, "notes:read")
    response = as_user(alice).post("/users/me/password", {**PASSWORDS, "revoke_tokens": True})

    assert response.status_code == 204
    assert script.get("/notes").status_code == 401
    assert "API tokens that remain active: 0." in only_mail().body


@pytest.mark.parametrize("value", ["true", 1, None])
def test_revoke_tokens_is_true_or_false(as_user, alice, value):
    response = as_user(alice).post("/users/me/password", {**PASSWORDS, "revoke_tokens": value})

    assert [error["field"] for error in response.json()["errors"]] == ["revoke_tokens"]


def test_a_mailbox_gets_at_most_twenty_notices_of_a_kind_in_an_hour(as_user, alice, settings):
    settings.THROTTLE_MAIL = Rate(5, 3600)
    phone = as_user(alice)
    for _ in range(21):
        phone.post("/tokens", SCRIPT)
    phone.post("/users/me/password", PASSWORDS)

    assert [sent.subject for sent in mail.outbox[19:]] == ["An API token was created", "Your password was changed"]


def test_a_recovery_code_of_an_earlier_version_still_works(client, alice):
    switch_on(alice)
    SecondFactor.objects.update(recovery_digests=[digest_secret(normalize_code("mzxw-6ytb-oi2t-kmzq"))])

    response = client.post("/login", {"username": alice.email, "password": PASSWORD, "otp": "MZXW6YTBOI2TKMZQ"})

    assert response.status_code == 200


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_pages_of_the_documentation_say_what_caches_may_do(client, path):
    assert client.get(path).headers["Cache-Control"] == "no-cache"

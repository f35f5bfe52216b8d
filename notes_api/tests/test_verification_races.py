"""Verification in the served product: one of many concurrent registrations gets the address, without errors."""

import secrets

import pytest

from notes_api.tests.fake_smtp import postbox
from notes_api.tests.live_server import PASSWORD, connected, log_in, logged_in, serving
from notes_api.tests.test_mailing import has_all_mails, token_of
from notes_api.tests.test_races import at_once, statuses


@pytest.fixture(scope="module")
def mailing():
    with postbox() as box:
        yield box


@pytest.fixture(scope="module", params=["optional"])
def verifying_product(request, mail_database, mailing):
    """The product with verification and a mail server."""
    variables = {"EMAIL_URL": mailing.url, "EMAIL_VERIFICATION": request.param, "WEB_CONCURRENCY": "2"}
    with serving(mail_database, **variables) as server:
        yield server
        assert "Traceback" not in server.log()


def new_address():
    return f"{secrets.token_hex(6)}@example.com"


def verify(client, mail):
    return client.post("/email/verify", json={"token": token_of(mail)})


def test_one_of_ten_uses_of_a_link_succeeds(verifying_product, mailing):
    with logged_in(verifying_product) as client:
        [mail] = mailing.wait_for(client.email)

        responses = at_once(10, lambda number: verify(client, mail))

        assert statuses(responses) == {204: 1, 400: 9}
        assert client.get("/users/me").json()["email_verified"] is True


def test_one_of_six_accounts_that_confirm_one_address_gets_it(verifying_product, mailing):
    wanted = new_address()
    with connected(verifying_product) as stranger:
        for _ in range(6):
            with logged_in(verifying_product) as client:
                body = {"email": wanted, "current_password": PASSWORD}
                assert client.patch("/users/me", json=body).status_code == 202
        mails = mailing.wait_for(wanted, 6)

        responses = at_once(6, lambda number: verify(stranger, mails[number]))

        assert statuses(responses) == {204: 1, 409: 5}
        assert log_in(stranger, wanted).status_code == 200


def test_one_of_two_concurrent_changes_of_an_address_is_pending(verifying_product, mailing, mail_database):
    addresses = [new_address() for _ in range(6)]
    with logged_in(verifying_product) as client:
        bodies = [{"email": address, "current_password": PASSWORD} for address in addresses]
        at_once(6, lambda number: client.patch("/users/me", json=bodies[number]))
        verifying_product.wait_until(lambda: has_all_mails(mail_database, client.email), 60)
        # A mail whose link was replaced before it was sent is not sent.
        mails = [mail for mail in mailing.mails if mail.envelope[0] in addresses]

        responses = at_once(len(mails), lambda number: verify(client, mails[number]))

        assert statuses(responses) == {204: 1, **({400: len(mails) - 1} if len(mails) > 1 else {})}
        winner = next(number for number, response in enumerate(responses) if response.status_code == 204)
        assert client.get("/users/me").json()["email"] == mails[winner].envelope[0]


@pytest.mark.parametrize("verifying_product", ["required"], indirect=True)
def test_many_concurrent_registrations_create_one_account(verifying_product, mailing, mail_database):
    email = new_address()
    with connected(verifying_product) as stranger:
        body = {"email": email, "password": PASSWORD}

        responses = at_once(6, lambda number: stranger.post("/users", json=body))

        verifying_product.wait_until(lambda: has_all_mails(mail_database, email), 60)
        mails = mailing.wait_for(email, 5)
        assert statuses(responses) == {202: 6}
        assert {response.text for response in responses} == {f'{{"email":"{email}"}}'}
        subjects = [mail["Subject"] for mail in mails]
        # The link of the first registration ends with the second, perhaps before it was sent.
        assert subjects.count("You already have an account") == 5
        assert set(subjects) <= {"Verify your e-mail address", "You already have an account"}
        chosen = next(mail for mail in mails if mail["Subject"] != "Verify your e-mail address")
        reset = {"token": token_of(chosen), "new_password": "staple battery horse"}
        assert stranger.post("/password/reset/confirm", json=reset).status_code == 204
        assert log_in(stranger, email, "staple battery horse").status_code == 200
        assert log_in(stranger, email).status_code == 401


@pytest.mark.parametrize("verifying_product", ["required"], indirect=True)
def test_a_verified_address_can_log_in(verifying_product, mailing):
    email = new_address()
    with connected(verifying_product) as stranger:
        stranger.post("/users", json={"email": email, "password": PASSWORD}).raise_for_status()
        [mail] = mailing.wait_for(email)
        assert log_in(stranger, email).json()["code"] == "invalid_grant"

        assert verify(stranger, mail).status_code == 204

        assert log_in(stranger, email).status_code == 200

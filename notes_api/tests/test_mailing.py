"""Mail of the served product: many at once, and during shutdown."""

import re
import secrets
import signal
import time

import pytest

from notes_api.tests.fake_smtp import postbox
from notes_api.tests.live_server import PASSWORD, connected, log_in, logged_in, scratch_database, serving
from notes_api.tests.test_races import at_once, statuses


@pytest.fixture(scope="module")
def mailing():
    with postbox() as box:
        yield box


@pytest.fixture(scope="module")
def mailing_product(mail_database, mailing):
    """The product with a mail server."""
    variables = {"EMAIL_URL": mailing.url, "PUBLIC_BASE_URL": "http://notes.example.org", "WEB_CONCURRENCY": "2"}
    with serving(mail_database, **variables) as server:
        yield server
        assert "Traceback" not in server.log()


def has_all_mails(database, email):
    """Whether no registration and no mail of this account waits in the outbox."""
    rows = database.query(
        "SELECT outbox_entry.id FROM outbox_entry LEFT JOIN accounts_user ON accounts_user.id = user_id"
        f" WHERE kind = 'sign_up' OR email = '{email}'"
    )
    return rows == []


def link_of(mail):
    return re.search(r"http\S+\?token=\S+", mail.get_content())[0]


def token_of(mail):
    return link_of(mail).partition("?token=")[2]


def test_one_of_ten_uses_of_a_link_succeeds(mailing_product, mailing):
    with logged_in(mailing_product, f"{secrets.token_hex(6)}@example.com") as client:
        client.post("/password/reset", json={"email": client.email}).raise_for_status()
        [mail] = mailing.wait_for(client.email)
        sent = [{"token": token_of(mail), "new_password": f"staple battery {number}"} for number in range(10)]

        responses = at_once(10, lambda number: client.post("/password/reset/confirm", json=sent[number]))

        assert statuses(responses) == {204: 1, 400: 9}
        winner = next(number for number, response in enumerate(responses) if response.status_code == 204)
        let_in = [log_in(client, client.email, one["new_password"]).status_code for one in sent]
        assert [number for number, status in enumerate(let_in) if status == 200] == [winner]


def test_after_concurrent_resets_and_changes_only_the_last_password_logs_in(mailing_product, mailing):
    with logged_in(mailing_product, f"{secrets.token_hex(6)}@example.com") as client:
        for _ in range(5):
            client.post("/password/reset", json={"email": client.email}).raise_for_status()
        tokens = [token_of(mail) for mail in mailing.wait_for(client.email, 5)]

        def reset_or_change(number):
            if number < 5:
                body = {"token": tokens[number], "new_password": f"staple battery {number}"}
                return client.post("/password/reset/confirm", json=body)
            body = {"current_password": PASSWORD, "new_password": f"staple battery {number}"}
            return client.post("/users/me/password", json=body)

        responses = at_once(10, reset_or_change)

        # A change may come first, and a reset ends all other links: at most one of each.
        assert 1 <= statuses(responses)[204] <= 2
        assert statuses(responses).keys() <= {204, 400, 401}
        let_in = [log_in(client, client.email, f"staple battery {number}").status_code for number in range(10)]
        assert sorted(let_in) == [200] + [401] * 9


def test_shutdown_sends_queued_mails(template):
    with (
        scratch_database(template) as database,
        postbox(delay=0.05) as box,
        serving(database, EMAIL_URL=box.url) as server,
        logged_in(server) as client,
    ):
        for _ in range(5):
            client.post("/password/reset", json={"email": client.email}).raise_for_status()
        server.signal(signal.SIGTERM)
        server.process.wait(60)

        assert len(box.wait_for(client.email)) == 5


def test_a_mail_server_that_hangs_delays_neither_responses_nor_shutdown(template):
    with (
        scratch_database(template) as database,
        postbox(is_silent=True) as box,
        serving(database, EMAIL_URL=box.url) as server,
        logged_in(server) as client,
    ):
        began = time.monotonic()
        for _ in range(3):
            client.post("/password/reset", json={"email": client.email}).raise_for_status()
        answered = time.monotonic() - began
        server.signal(signal.SIGTERM)
        server.process.wait(60)

        # Waiting for that mail server takes ten seconds for each mail.
        assert answered < 9
        assert time.monotonic() - began < 25
        assert "The process exits during an attempt." in server.log()


def test_the_response_is_the_same_without_a_mail_server(template):
    with (
        scratch_database(template) as database,
        serving(database, EMAIL_URL="smtp://127.0.0.1:9") as server,
        logged_in(server) as client,
        connected(server) as stranger,
    ):
        known = stranger.post("/password/reset", json={"email": client.email})
        unknown = stranger.post("/password/reset", json={"email": "nobody@example.com"})

        server.wait_until(lambda: "was not sent" in server.log(), 60)
        assert (known.status_code, known.content) == (unknown.status_code, unknown.content) == (202, b"")

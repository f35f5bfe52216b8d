"""Many concurrent clients, against the served product: one of them wins."""

import base64
import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, wait

import psycopg
import pytest
from django.conf import settings

from notes_api.tests.edge.server import eventually
from notes_api.tests.live_server import PASSWORD, connected, log_in, logged_in


def at_once(count, request):
    """Return the responses to `request(0)` … `request(count - 1)`, all sent at the same time."""
    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(request, range(count)))


def statuses(responses):
    return Counter(response.status_code for response in responses)


def claims(token):
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def mixed_case(word, number):
    """Return the word with those letters in upper case whose bits are set in the number."""
    letters = [letter.upper() if number >> place & 1 else letter for place, letter in enumerate(word)]
    return "".join(letters)


def test_one_of_100_replacements_of_one_version_wins(visitor):
    made = visitor.post("/notes", json={"title": "Milk"})
    guard = {"If-Match": made.headers["ETag"]}

    responses = at_once(
        100, lambda number: visitor.put(made.headers["Location"], json={"title": f"Writer {number}"}, headers=guard)
    )

    assert statuses(responses) == {200: 1, 412: 99}
    winner = next(response for response in responses if response.status_code == 200)
    assert visitor.get(made.headers["Location"]).json() == winner.json()
    assert all(response.json()["current"] == winner.json() for response in responses if response.status_code == 412)


def test_one_of_200_registrations_of_one_address_wins(stranger):
    addresses = [mixed_case("somebody", number) + "@Example.com" for number in range(200)]
    assert len(set(addresses)) == 200

    responses = at_once(
        200, lambda number: stranger.post("/users", json={"email": addresses[number], "password": PASSWORD})
    )

    assert statuses(responses) == {201: 1, 409: 199}
    assert log_in(stranger, "somebody@example.com").status_code == 200


def test_ten_refreshes_of_one_token_rotate_it_once(visitor):
    sent = {"refresh_token": visitor.tokens["refresh_token"]}

    responses = at_once(10, lambda _: visitor.post("/login/refresh", json=sent))

    assert statuses(responses) == {200: 10}
    successors = {claims(response.json()["refresh_token"])["jti"] for response in responses}
    assert len(successors) == 1
    assert successors != {claims(sent["refresh_token"])["jti"]}


def test_a_token_refreshed_again_after_the_grace_ends_the_session(visitor, served_database):
    sent = {"refresh_token": visitor.tokens["refresh_token"]}
    renewed = visitor.post("/login/refresh", json=sent).json()
    served_database.query(
        "UPDATE accounts_session SET rotated_at = '2020-01-01 00:00:00'"
        f" WHERE user_id = (SELECT id FROM accounts_user WHERE email = '{visitor.email}')"
    )

    responses = at_once(10, lambda _: visitor.post("/login/refresh", json=sent))

    assert statuses(responses) == {401: 10}
    assert visitor.post("/login/refresh", json={"refresh_token": renewed["refresh_token"]}).status_code == 401
    assert visitor.get("/notes").status_code == 401
    assert visitor.get("/notes", headers={"Authorization": f"Bearer {renewed['access_token']}"}).status_code == 401


def test_20_concurrent_guesses_do_not_exceed_the_limit(strict_product):
    with logged_in(strict_product) as owner:
        responses = at_once(20, lambda number: log_in(owner, owner.email, f"wrong guess {number}"))

    assert statuses(responses) == {401: 10, 429: 10}
    assert all(int(response.headers["Retry-After"]) > 0 for response in responses if response.status_code == 429)


def test_guesses_at_an_unknown_account_count_equally(strict_product):
    with connected(strict_product) as client:
        responses = at_once(20, lambda number: log_in(client, "nobody@example.com", f"wrong guess {number}"))

    assert statuses(responses) == {401: 10, 429: 10}


def test_one_of_20_creations_with_one_id_wins(visitor):
    address, absent = "/notes/0b8e9a39-8f5c-4c26-9d0e-4a1c9a0f7b11", {"If-None-Match": "*"}

    responses = at_once(20, lambda number: visitor.put(address, json={"title": f"Writer {number}"}, headers=absent))

    assert statuses(responses) == {201: 1, 412: 19}


def test_20_requests_with_one_idempotency_key_make_one_note(visitor):
    key = {"Idempotency-Key": "once"}

    responses = at_once(20, lambda _: visitor.post("/notes", json={"title": "Milk"}, headers=key))

    assert statuses(responses) == {201: 20}
    assert len({response.json()["id"] for response in responses}) == 1
    assert len(visitor.get("/notes").json()["results"]) == 1


def test_replacing_while_deleting_never_breaks(visitor):
    address = visitor.post("/notes", json={"title": "Milk"}).headers["Location"]

    def replace_or_delete(number):
        if number == 10:
            return visitor.delete(address)
        return visitor.put(address, json={"title": f"Writer {number}"})

    responses = at_once(20, replace_or_delete)

    assert responses[10].status_code == 204
    assert set(statuses(responses)) <= {200, 204, 404}


def test_120_concurrent_requests_create_100_api_tokens(visitor):
    body = {"name": "Script", "scopes": ["notes:read"]}

    responses = at_once(120, lambda _: visitor.post("/tokens", json=body))

    assert statuses(responses) == {201: 100, 409: 20}


def test_no_api_token_is_created_during_a_reset(visitor, served_database):
    body = {"name": "Script", "scopes": ["notes:read"]}
    owner = f"(SELECT id FROM accounts_user WHERE email = '{visitor.email}')"
    with ThreadPoolExecutor(1) as thread:
        with served_database.transaction() as execute:
            # As a reset does: first the account, then its sessions and tokens.
            execute(f"UPDATE accounts_user SET last_login = NULL WHERE id = {owner}")
            execute(f"UPDATE accounts_session SET revoked_at = '2026-01-05 09:00:00' WHERE user_id = {owner}")
            asked = thread.submit(visitor.post, "/tokens", json=body)
            wait([asked], timeout=1)
            went_through = asked.done()
        response = asked.result()

    assert not went_through
    assert (response.status_code, response.json()["code"]) == (401, "invalid_token")
    assert served_database.query(f"SELECT count(*) FROM accounts_apitoken WHERE user_id = {owner}") == [(0,)]


def test_writes_during_an_erasure_happen_before_it_or_not_at_all(product):
    with logged_in(product) as owner:

        def leave_or_stay(number):
            if number == 10:
                return owner.post("/users/me/erase", json={"password": PASSWORD})
            if number % 2:
                return log_in(owner, owner.email)
            return owner.post("/notes", json={"title": f"Writer {number}"}, headers={"Idempotency-Key": str(number)})

        responses = at_once(20, leave_or_stay)

        assert responses[10].status_code == 204
        assert set(statuses(responses)) <= {200, 201, 204, 401}
        assert {response.status_code for response in (owner.get("/notes"), log_in(owner, owner.email))} == {401}


BEGIN_SESSION = """
    WITH door AS (UPDATE accounts_user SET last_login = now() WHERE email = %s RETURNING id)
    INSERT INTO accounts_session
    SELECT (jsonb_populate_record(session, jsonb_build_object('id', gen_random_uuid()))).*
    FROM accounts_session session JOIN door ON door.id = session.user_id
"""


@pytest.mark.skipif(not settings.DATABASE_HOSTNAME, reason="SQLite has one writer at a time")
def test_an_erasure_waits_for_the_log_in_that_came_first(product, served_database):
    with (
        logged_in(product) as owner,
        ThreadPoolExecutor(1) as thread,
        psycopg.connect(**served_database.address, dbname=served_database.name) as other,
    ):
        other.execute(BEGIN_SESSION, [owner.email])
        leaving = thread.submit(owner.post, "/users/me/erase", json={"password": PASSWORD})
        waiting = (
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        eventually(lambda: served_database.query(waiting) == [(1,)])
        other.commit()

        assert leaving.result().status_code == 204
        left = "SELECT count(*) FROM accounts_session WHERE user_id NOT IN (SELECT id FROM accounts_user)"
        assert served_database.query(left) == [(0,)]

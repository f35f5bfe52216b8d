"""What authentication reads, and what views load when they need it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import ApiToken, Session, User
from accounts.serializers.reauthentication import PasswordOrAliasSerializer
from conftest import PASSWORD


@pytest.fixture(params=["login", "token"])
def client_of_alice(request, as_user, by_token, alice):
    client = as_user(alice) if request.param == "login" else by_token(alice, "notes:read")
    # The first request of a minute also writes the time of use.
    client.get("/users/me")
    return client


def test_authentication_takes_one_query_without_the_password_hash(client_of_alice):
    with CaptureQueriesContext(connection) as queries:
        assert client_of_alice.get("/notes").status_code == 200

    statements = [query["sql"] for query in queries if "accounts_user" in query["sql"]]
    assert len(statements) == 1
    assert "password" not in statements[0]
    assert "digest" not in statements[0].split("WHERE")[0]


def test_reading_ones_account_takes_one_query(client_of_alice, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert client_of_alice.get("/users/me").json()["email"] == "alice@example.com"


def test_a_presented_session_is_the_stored_one(alice):
    stored = Session.objects.create(user=alice, ip_address="192.0.2.7", user_agent="Firefox")

    presented = Session.fetch(stored.pk)

    assert_same(presented, Session.objects.get(pk=stored.pk))
    assert (presented.user, presented.user.clock) == (alice, alice.clock)
    assert_same(presented.user, alice)
    assert_same(presented.user.clock, alice.clock)
    assert isinstance(presented.ip_address, str)


def test_a_presented_token_is_the_stored_one(by_token, alice):
    token = by_token(alice, "notes:read").token_row

    presented = ApiToken.fetch(token.secret)

    assert_same(presented, ApiToken.objects.get(pk=token.pk))
    assert presented.granted_scopes == token.granted_scopes


def assert_same(presented, stored):
    """Compare all columns, and save nothing that was not read."""
    names = [field.attname for field in stored._meta.concrete_fields]
    assert presented.get_deferred_fields() < set(names)
    assert not presented._state.adding
    stored.refresh_from_db()
    assert {name: getattr(presented, name) for name in names} == {name: getattr(stored, name) for name in names}


def test_a_presented_user_still_checks_the_password(alice):
    presented = Session.fetch(Session.objects.create(user=alice).pk).user

    assert presented.check_password(PASSWORD)
    assert not presented.check_password("another one")


def test_no_password_is_that_of_an_account_erased_meanwhile(alice):
    presented = Session.fetch(Session.objects.create(user=alice).pk).user
    type(alice).objects.filter(pk=alice.pk).delete()

    assert not presented.check_password(PASSWORD)


def change_password(user):
    user.set_password("another long password")
    user.save()
    Session.objects.of(user).revoke()


@pytest.mark.parametrize("end", [change_password, User.delete])
def test_a_session_that_ends_during_a_request_cannot_erase_the_account(as_user, alice, monkeypatch, end):
    def read(data):
        end(User.objects.get(pk=alice.pk))
        return {}

    client = as_user(alice)
    monkeypatch.setattr(PasswordOrAliasSerializer, "read", read)

    assert client.post("/users/me/erase", {}).status_code == 401
    assert User.objects.filter(pk=alice.pk).exists() == (end is change_password)


def test_ten_clients_in_turn_each_see_their_own_rows(as_user, by_token, django_user_model):
    users = [django_user_model.objects.create_user(f"user{number}@example.com", None) for number in range(5)]
    clients = [(user, client) for user in users for client in (as_user(user), by_token(user, "notes:read"))]

    for user, client in [*clients, *reversed(clients)]:
        assert client.get("/users/me").json()["id"] == str(user.pk)

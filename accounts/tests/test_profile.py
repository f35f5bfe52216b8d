"""GET /users/me and GET /users/{id}."""

from accounts.models import User
from conftest import PASSWORD

NOBODY = "01939f5d-6c1e-7b0a-9d3f-5a1c2e4b6d80"


def test_everybody_can_read_their_own_account(as_user, time_machine):
    time_machine.move_to("2026-01-05T09:00:00Z", tick=False)
    alice = User.objects.create_user("alice@example.com", PASSWORD)

    response = as_user(alice).get("/users/me")

    assert response.status_code == 200
    assert response.json() == {
        "id": str(alice.pk),
        "email": "alice@example.com",
        "email_verified": False,
        "created_at": "2026-01-05T09:00:00Z",
    }


def test_your_own_account_can_be_read_by_its_id(as_user, alice):
    client = as_user(alice)

    assert client.get(f"/users/{alice.pk}").json() == client.get("/users/me").json()


def test_an_id_may_be_written_in_capitals(as_user, alice):
    assert as_user(alice).get(f"/users/{str(alice.pk).upper()}").status_code == 200


def test_a_stranger_cannot_tell_that_an_account_exists(as_user, alice, mallory):
    client = as_user(mallory)
    named = {"X-Request-ID": "same"}

    existing = client.get(f"/users/{alice.pk}", headers=named)
    missing = client.get(f"/users/{NOBODY}", headers=named)

    assert existing.status_code == 404
    assert existing.content == missing.content


def test_staff_can_read_any_account(as_user, alice, staff):
    response = as_user(staff).get(f"/users/{alice.pk}")

    assert response.status_code == 200
    assert response.json()["email"] == "alice@example.com"


def test_an_unknown_account_gets_404_for_staff_too(as_user, staff):
    assert as_user(staff).get(f"/users/{NOBODY}").status_code == 404


def test_an_invalid_id_gets_404(as_user, alice, subtests):
    for name in ["1", "me2", "01939f5d", "01939f5d6c1e7b0a9d3f5a1c2e4b6d80", "%00"]:
        with subtests.test(name=name):
            assert as_user(alice).get(f"/users/{name}").status_code == 404


def test_reading_the_account_takes_one_query(as_user, alice, django_assert_num_queries):
    client = as_user(alice)

    with django_assert_num_queries(1):
        client.get("/users/me")


def test_accounts_cannot_be_listed(as_user, staff):
    response = as_user(staff).get("/users")

    assert response.status_code == 405
    assert response.headers["Allow"] == "POST, OPTIONS"


def test_a_parameter_that_does_not_exist_is_refused(as_user, alice):
    response = as_user(alice).get("/users/me?fields=email")

    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == "fields"

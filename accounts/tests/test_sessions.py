"""GET and DELETE /sessions, and POST /logout."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Session
from conftest import PASSWORD, START


def listed(client):
    return [session["id"] for session in client.get("/sessions").json()["results"]]


def test_a_session_is_shown_with_its_device(client, alice, time_machine):
    time_machine.move_to(START, tick=False)
    login = {"username": "alice@example.com", "password": PASSWORD}
    token = client.post("/login", login, headers={"User-Agent": "Phone/1.0"}).json()["access_token"]

    response = client.get("/sessions", headers={"Authorization": f"Bearer {token}"})

    assert response.status_code == 200
    assert response.json() == {
        "results": [
            {
                "id": str(Session.objects.get().pk),
                "user_agent": "Phone/1.0",
                "ip_address": "127.0.0.1",
                "created_at": "2026-01-05T09:00:00Z",
                "last_used_at": "2026-01-05T09:00:00Z",
                "expires_at": "2026-02-04T09:00:00Z",
                "is_current": True,
            }
        ],
        "next": None,
        "next_cursor": None,
    }


def test_a_long_user_agent_is_cut(client, alice):
    login = {"username": "alice@example.com", "password": PASSWORD}

    client.post("/login", login, headers={"User-Agent": "x" * 5000})

    assert Session.objects.get().user_agent == "x" * 200


def test_the_newest_session_comes_first(as_user, alice):
    old, new = as_user(alice), as_user(alice)

    assert listed(old) == [str(new.session_row.pk), str(old.session_row.pk)]


def test_only_the_session_of_the_request_is_the_current_one(as_user, alice):
    as_user(alice)
    current = as_user(alice)

    results = current.get("/sessions").json()["results"]

    assert [session["is_current"] for session in results] == [True, False]


def test_the_sessions_of_others_are_not_listed(as_user, alice, bob):
    as_user(bob)
    client = as_user(alice)

    assert listed(client) == [str(client.session_row.pk)]


def test_staff_list_only_their_own_sessions(as_user, alice, staff):
    as_user(alice)
    client = as_user(staff)

    assert listed(client) == [str(client.session_row.pk)]


def test_a_session_that_has_ended_is_not_listed(as_user, alice):
    as_user(alice).session_row.revoke()
    client = as_user(alice)

    assert listed(client) == [str(client.session_row.pk)]


def test_a_session_that_has_expired_is_not_listed(as_user, alice):
    Session.objects.create(user=alice, expires_at=timezone.now() - timedelta(seconds=1))
    client = as_user(alice)

    assert listed(client) == [str(client.session_row.pk)]


def test_sessions_come_in_pages(as_user, alice):
    first, second = as_user(alice), as_user(alice)

    page = first.get("/sessions?limit=1").json()
    rest = first.get(page["next"]).json()

    assert [page["results"][0]["id"], rest["results"][0]["id"]] == [
        str(second.session_row.pk),
        str(first.session_row.pk),
    ]
    assert rest["next"] is None


@pytest.mark.parametrize("others", [0, 9])
def test_the_list_of_sessions_takes_two_queries(as_user, alice, django_assert_num_queries, others):
    client = as_user(alice)
    Session.objects.bulk_create([Session(user=alice) for _ in range(others)])

    with django_assert_num_queries(2):
        response = client.get("/sessions")

    assert len(response.json()["results"]) == 1 + others


def test_ending_a_session_logs_its_device_out_immediately(as_user, alice):
    phone, laptop = as_user(alice), as_user(alice)

    response = laptop.delete(f"/sessions/{phone.session_row.pk}")

    assert response.status_code == 204
    assert response.content == b""
    assert phone.get("/users/me").status_code == 401
    assert laptop.get("/users/me").status_code == 200


def test_ending_the_current_session_logs_out(as_user, alice):
    client = as_user(alice)

    client.delete(f"/sessions/{client.session_row.pk}")

    assert client.get("/users/me").status_code == 401


def test_a_session_ends_only_once(as_user, alice):
    phone, laptop = as_user(alice), as_user(alice)
    laptop.delete(f"/sessions/{phone.session_row.pk}")

    assert laptop.delete(f"/sessions/{phone.session_row.pk}").status_code == 404


def test_a_stranger_cannot_end_a_session(as_user, alice, mallory):
    owner = as_user(alice)

    response = as_user(mallory).delete(f"/sessions/{owner.session_row.pk}")

    assert response.status_code == 404
    assert owner.get("/users/me").status_code == 200


def test_a_stranger_cannot_tell_that_a_session_exists(as_user, alice, mallory):
    client = as_user(mallory)
    named = {"X-Request-ID": "same"}

    existing = client.delete(f"/sessions/{as_user(alice).session_row.pk}", headers=named)
    missing = client.delete("/sessions/01939f5e-1d2a-7c40-8e1b-3f9a7d5c2b16", headers=named)

    assert (existing.status_code, existing.content) == (missing.status_code, missing.content)


def test_ending_all_other_sessions_keeps_this_one(as_user, alice):
    phone, tablet, laptop = as_user(alice), as_user(alice), as_user(alice)

    response = laptop.delete("/sessions")

    assert response.status_code == 204
    assert [phone.get("/users/me").status_code, tablet.get("/users/me").status_code] == [401, 401]
    assert listed(laptop) == [str(laptop.session_row.pk)]


def test_ending_all_other_sessions_ends_admin_sessions(as_user, superuser):
    browser = Client()
    browser.post("/admin/login/", {"username": superuser.email, "password": PASSWORD})
    assert browser.get("/admin/").status_code == 200

    as_user(superuser).delete("/sessions")

    assert browser.get("/admin/").status_code == 302


def test_ending_all_other_sessions_leaves_other_people_logged_in(as_user, alice, bob):
    bobs = as_user(bob)

    as_user(alice).delete("/sessions")

    assert bobs.get("/users/me").status_code == 200


def test_the_last_use_is_written_after_a_minute(as_user, alice, time_machine):
    time_machine.move_to(START, tick=False)
    client = as_user(alice)
    time_machine.shift(60)

    client.get("/users/me")

    client.session_row.refresh_from_db()
    assert client.session_row.last_used_at.isoformat() == "2026-01-05T09:01:00+00:00"


def test_the_last_use_is_written_at_most_once_a_minute(as_user, alice, time_machine):
    time_machine.move_to(START, tick=False)
    client = as_user(alice)
    time_machine.shift(59)

    client.get("/users/me")

    client.session_row.refresh_from_db()
    assert client.session_row.last_used_at.isoformat() == "2026-01-05T09:00:00+00:00"


def test_using_one_session_does_not_update_another(as_user, alice, time_machine):
    time_machine.move_to(START, tick=False)
    phone, laptop = as_user(alice), as_user(alice)
    time_machine.shift(60)

    phone.get("/users/me")

    laptop.session_row.refresh_from_db()
    assert laptop.session_row.last_used_at.isoformat() == "2026-01-05T09:00:00+00:00"

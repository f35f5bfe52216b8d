"""The list of the programs that have access, for their user."""

from datetime import timedelta

import pytest

from accounts.models import Grant
from accounts.tests.account_requests import text_in
from accounts.tests.grants import make_grant
from accounts.tests.programs import Program
from conftest import NEW_PASSWORD, PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_grant_can_be_found_after_it_has_ended(as_user, alice):
    grant, other = make_grant(alice, "notes:read", resource="/mcp"), make_grant(alice, "notes:read")
    owner = as_user(alice)
    owner.delete(f"/grants/{grant.pk}")

    found = owner.get(f"/grants/{grant.pk}").json()
    assert (found["id"], found["resource"], found["ended_at"] is None) == (str(grant.pk), "/mcp", False)
    assert [each["id"] for each in owner.get("/grants?ended=true").json()["results"]] == [str(grant.pk)]
    (live,) = owner.get("/grants").json()["results"]
    assert (live["id"], live["ended_at"]) == (str(other.pk), None)


def test_a_grant_that_expired_says_when(as_user, alice, time_machine):
    grant = make_grant(alice, "notes:read")
    time_machine.move_to(grant.expires_at, tick=False)

    (found,) = as_user(alice).get("/grants?ended=true").json()["results"]

    assert found["ended_at"] == found["expires_at"]


def test_the_mail_about_a_grant_says_its_tags_and_how_it_ends(client, alice, settings, mailoutbox):
    settings.REFRESH_TOKEN_LIFETIME = timedelta(days=5)
    Program(client).get_code(scope=["notes:read"], tags="work, home")

    text = text_in(mailoutbox[-1])
    (grant,) = alice.grants.all()
    assert "one of these tags: work, home." in text
    assert "its access ends when you end it, or when the program has not used it for 5 days." in text
    assert f"delete /grants/{grant.pk}" in text
    assert "change it, which ends the access of all programs." in text


def test_the_mail_about_a_new_password_says_that_programs_have_no_access_now(as_user, alice, mailoutbox):
    make_grant(alice, "notes:read")
    passwords = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}

    as_user(alice).post("/users/me/password", passwords)

    assert "the access of all programs has ended" in text_in(mailoutbox[-1])
    assert not Grant.objects.live().exists()

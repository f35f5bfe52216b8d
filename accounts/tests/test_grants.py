"""The list of the programs that have access, for their user."""

import pytest

from accounts.tests.grants import make_grant
from accounts.tests.programs import Program

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_grant_can_be_found_after_it_has_ended(as_user, alice):
    grant, other = make_grant(alice, "notes:read", resource="/mcp"), make_grant(alice, "notes:read")
    owner = as_user(alice)
    owner.delete(f"/grants/{grant.pk}")

    found = owner.get(f"/grants/{grant.pk}").json()
    assert (found["id"], found["resource"], found["ended_at"] is None) == (str(grant.pk), "/mcp", False)
    assert [each["id"] for each in owner.get("/grants?ended=true").json()["results"]] == [str(grant.pk)]
    assert [each["id"] for each in owner.get("/grants").json()["results"]] == [str(other.pk)]


def test_the_mail_about_a_grant_says_its_tags_and_how_to_end_it(client, alice, as_user, mailoutbox):
    Program(client).get_code(scope=["notes:read"], tags="work, home")

    text = mailoutbox[-1].body
    (grant,) = alice.grants.all()
    assert "one of these tags: work, home." in text
    assert f"DELETE /grants/{grant.pk}" in text

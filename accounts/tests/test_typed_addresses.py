"""What keyboards and clipboards add around an address."""

import pytest

from accounts.models import User
from accounts.tests.account_requests import log_in, register
from conftest import PASSWORD


@pytest.mark.parametrize(
    ("before", "after"), [("", " "), ("\ufeff", ""), ("\u202a", "\u202c"), ("\u200e", "\u00a0\n"), ("\t", "\u2060")]
)
def test_what_surrounds_an_address_is_not_part_of_it(client, before, after):
    assert register(client, f"{before}bob@example.org{after}").json()["email"] == "bob@example.org"
    assert register(client, "bob@example.org").status_code == 409


def test_a_space_does_not_lock_out_an_account_of_an_older_release(client, alice):
    User.objects.update(email="alice@☃.example")

    assert log_in(client, PASSWORD, " Alice@☃.example\u200e") == 200

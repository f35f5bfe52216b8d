"""The second factor on the page of a user in the admin."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission

from accounts.models import SecondFactor
from accounts.tests.second_factors import switch_on
from accounts.tests.staff import USERS, page_of, run, text_of
from conftest import PASSWORD

pytestmark = pytest.mark.usefixtures("at_nine")


def test_the_page_counts_the_recovery_codes_that_are_left(in_admin, superuser, alice):
    _, codes = switch_on(alice)
    for one in codes[1:]:
        SecondFactor.objects.get().accept(one)

    assert "1 recovery code left" in text_of(in_admin(superuser).get(page_of(alice)))


def test_the_page_shows_that_the_second_factor_is_off(in_admin, superuser, alice):
    assert '<div class="readonly">Off</div>' in text_of(in_admin(superuser).get(page_of(alice)))


def test_the_page_shows_that_the_second_factor_is_unconfirmed(in_admin, superuser, alice):
    SecondFactor.objects.enrol(alice)

    assert "Off (not confirmed)" in text_of(in_admin(superuser).get(page_of(alice)))


def test_nothing_of_django_otp_is_in_the_admin(in_admin, superuser):
    page = text_of(in_admin(superuser).get("/admin/"))
    # Without the random token of the form, which may contain anything.
    without_token = re.sub(r'<input type="hidden" [^>]*>', "", page)

    assert without_token != page
    assert "otp" not in without_token.lower()
    assert in_admin(superuser).get("/admin/accounts/secondfactor/").status_code == 404


def test_the_list_cannot_be_filtered_by_the_secret(in_admin, superuser, alice):
    switch_on(alice)

    assert in_admin(superuser).get(f"{USERS}?second_factor__sealed_secret__startswith=g").status_code == 400
    assert in_admin(superuser).get(f"{USERS}?second_factor__recovery_digests__contains=a").status_code == 400


def test_support_disables_the_second_factor_and_is_logged(in_admin, support, alice, bob, client, as_user):
    switch_on(alice)
    SecondFactor.objects.enrol(bob)
    session = as_user(alice)

    response = run(in_admin(support), "disable_second_factor", alice, bob)

    assert "Turned off the second factor of 1 user." in text_of(response)
    assert client.post("/login", {"username": alice.email, "password": PASSWORD}).status_code == 200
    assert session.get("/users/me").status_code == 200
    assert [(entry.user, entry.object_id, entry.get_change_message()) for entry in LogEntry.objects.all()] == [
        (support, str(alice.pk), "Turned off the second factor of the account.")
    ]


def test_support_cannot_disable_the_second_factor_of_staff(in_admin, support, superuser, staff):
    for user in (superuser, staff, support):
        switch_on(user)

    response = run(in_admin(support), "disable_second_factor", superuser, staff)

    assert "Skipped 2 users that you may not do this to." in text_of(response)
    assert SecondFactor.objects.on().count() == 3
    assert not LogEntry.objects.exists()


def test_support_cannot_switch_their_own_off_without_the_password(in_admin, support):
    switch_on(support)

    run(in_admin(support), "disable_second_factor", support)

    assert SecondFactor.objects.on().exists()


def test_staff_with_view_permission_cannot_disable_the_second_factor(in_admin, staff, alice):
    switch_on(alice)
    staff.user_permissions.set([Permission.objects.get(codename="view_user")])

    run(in_admin(staff), "disable_second_factor", alice)

    assert SecondFactor.objects.on().exists()


def test_a_password_set_by_staff_does_not_disable_the_second_factor(in_admin, superuser, alice):
    switch_on(alice)
    form = {"password1": "staple battery horse", "password2": "staple battery horse", "usable_password": "true"}

    in_admin(superuser).post(f"{USERS}{alice.pk}/password/", {**form, "set-password": "1"})

    alice.refresh_from_db()
    assert alice.check_password("staple battery horse")
    assert SecondFactor.objects.on().get().user == alice


def test_deleting_a_user_deletes_the_second_factor(in_admin, superuser, alice):
    switch_on(alice)

    page = in_admin(superuser).get(f"{USERS}{alice.pk}/delete/")
    in_admin(superuser).post(f"{USERS}{alice.pk}/delete/", {"post": "yes"})

    assert page.status_code == 200
    assert not SecondFactor.objects.exists()

"""Staff manage users, but cannot give anybody more permissions than they have."""

import pytest
from django.contrib.auth.models import Group, Permission

from accounts.flows.deactivation import deactivate
from accounts.models import User
from accounts.tests.staff import USERS, page_of, run, save
from conftest import NEW_PASSWORD, PASSWORD

ALL_RIGHTS = {"is_staff": "on", "is_superuser": "on"}
SET_PASSWORD = {
    "password1": NEW_PASSWORD, "password2": NEW_PASSWORD, "usable_password": "true", "set-password": "1",
}  # fmt: skip


@pytest.fixture
def colleague():
    return User.objects.create_user("colleague@example.com", PASSWORD, is_staff=True)


@pytest.fixture
def admins():
    return Group.objects.create(name="Admins")


def has_no_rights(user):
    user.refresh_from_db()
    counts = user.groups.count(), user.user_permissions.count()
    return (user.is_staff, user.is_superuser, *counts) == (False, False, 0, 0)


def test_a_user_has_no_admin(in_admin, alice):
    assert in_admin(alice).get(USERS).status_code == 302


def test_support_manages_users(in_admin, support, alice, as_user):
    session = as_user(alice)

    save(in_admin(support), alice, email="alice.liddell@example.com", is_active="")

    alice.refresh_from_db()
    assert alice.email == "alice.liddell@example.com"
    assert session.get("/users/me").status_code == 401


def test_support_cannot_grant_permissions(in_admin, support, alice, admins):
    permission = Permission.objects.first()

    response = save(in_admin(support), alice, **ALL_RIGHTS, groups=admins.pk, user_permissions=permission.pk)

    assert response.status_code == 200
    assert has_no_rights(alice)


def test_support_cannot_make_a_new_user_with_rights(in_admin, support, admins):
    form = {"email": "carol@example.com", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD, **ALL_RIGHTS}

    in_admin(support).post(f"{USERS}add/", {**form, "groups": admins.pk})

    assert has_no_rights(User.objects.get(email="carol@example.com"))


def test_saving_as_new_copies_no_permissions_and_no_password(in_admin, support, alice, client):
    form = {"email": "carol@example.com", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD, "_saveasnew": "1"}

    in_admin(support).post(page_of(alice), {**form, **ALL_RIGHTS})

    assert has_no_rights(User.objects.get(email="carol@example.com"))
    assert client.post("/login", {"username": "carol@example.com", "password": NEW_PASSWORD}).status_code == 401


def test_support_cannot_give_themselves_permissions(in_admin, support, admins):
    response = save(in_admin(support), support, **ALL_RIGHTS, groups=admins.pk)

    support.refresh_from_db()
    assert response.status_code == 403
    assert not support.is_superuser
    assert not support.groups.exists()


@pytest.mark.parametrize("other", ["superuser", "colleague"])
def test_support_cannot_change_staff(in_admin, support, request, other):
    target = request.getfixturevalue(other)

    response = save(in_admin(support), target, email="mallory@example.com")

    target.refresh_from_db()
    assert response.status_code == 403
    assert target.email != "mallory@example.com"


@pytest.mark.parametrize("other", ["superuser", "colleague"])
def test_support_cannot_set_the_password_of_staff(in_admin, support, request, other):
    target = request.getfixturevalue(other)

    response = in_admin(support).post(f"{USERS}{target.pk}/password/", SET_PASSWORD)

    target.refresh_from_db()
    assert response.status_code == 403
    assert target.check_password(PASSWORD)


@pytest.mark.parametrize("other", ["superuser", "colleague"])
def test_support_cannot_delete_staff(in_admin, support, request, other):
    target = request.getfixturevalue(other)
    browser = in_admin(support)

    alone = browser.post(f"{USERS}{target.pk}/delete/", {"post": "yes"})
    listed = browser.post(USERS, {"action": "delete_selected", "_selected_action": [target.pk], "post": "yes"})

    assert (alone.status_code, listed.status_code) == (403, 403)
    assert User.objects.filter(pk=target.pk).exists()


@pytest.mark.parametrize("action", ["deactivate", "end_sessions"])
def test_support_cannot_deactivate_staff_from_the_list(in_admin, support, superuser, alice, as_user, action):
    session = as_user(superuser)

    response = run(in_admin(support), action, superuser, alice)

    assert "Skipped 1 user that you may not do this to." in response.content.decode()
    assert session.get("/users/me").status_code == 200


def test_support_cannot_let_staff_back_in(in_admin, support, colleague):
    deactivate(colleague)

    run(in_admin(support), "reactivate", colleague)

    colleague.refresh_from_db()
    assert not colleague.is_active


def test_support_cannot_see_the_password_hash_of_staff(in_admin, support, superuser):
    response = in_admin(support).get(page_of(superuser))

    assert response.status_code == 200
    assert b"password" not in response.content.partition(b'<div class="breadcrumbs">')[2].lower()


def test_staff_without_the_permission_cannot_change_users(in_admin, colleague, alice):
    browser = in_admin(colleague)

    assert browser.get(USERS).status_code == 403
    assert save(browser, alice, is_active="").status_code == 403


def test_staff_with_view_permission_have_no_actions(in_admin, colleague, alice, as_user):
    colleague.user_permissions.set([Permission.objects.get(codename="view_user")])
    session = as_user(alice)

    run(in_admin(colleague), "deactivate", alice)

    assert session.get("/users/me").status_code == 200


def test_groups_are_for_superusers(in_admin, support, superuser, admins):
    support.user_permissions.add(*Permission.objects.filter(content_type__model="group"))
    address = f"/admin/auth/group/{admins.pk}/change/"

    assert in_admin(support).get(address).status_code == 403
    assert in_admin(support).post(address, {"name": "Mine"}).status_code == 403
    assert in_admin(superuser).get(address).status_code == 200


def test_a_superuser_grants_permissions(in_admin, superuser, alice, admins):
    save(in_admin(superuser), alice, is_staff="on", groups=admins.pk)

    alice.refresh_from_db()
    assert alice.is_staff
    assert alice.groups.get() == admins


def test_staff_cannot_deactivate_themselves(in_admin, superuser):
    browser = in_admin(superuser)

    save(browser, superuser, is_active="")
    response = run(browser, "deactivate", superuser)

    assert "Skipped 1 user that you may not do this to." in response.content.decode()
    superuser.refresh_from_db()
    assert superuser.is_active


def test_staff_cannot_remove_their_own_permissions(in_admin, superuser):
    save(in_admin(superuser), superuser, is_staff="", is_superuser="")

    superuser.refresh_from_db()
    assert superuser.is_staff
    assert superuser.is_superuser


def test_staff_cannot_delete_themselves(in_admin, superuser):
    browser = in_admin(superuser)

    alone = browser.post(f"{USERS}{superuser.pk}/delete/", {"post": "yes"})
    listed = browser.post(USERS, {"action": "delete_selected", "_selected_action": [superuser.pk], "post": "yes"})

    assert (alone.status_code, listed.status_code) == (403, 403)
    assert User.objects.filter(pk=superuser.pk).exists()

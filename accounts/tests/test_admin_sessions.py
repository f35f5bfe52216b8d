"""Sessions of the admin end with sessions, passwords and accounts."""

from accounts.flows.password_change import replace_password
from accounts.flows.revocation import end_sessions
from accounts.models import User
from accounts.tests.staff import USERS, run, save
from conftest import NEW_PASSWORD, PASSWORD


def test_ending_sessions_ends_admin_sessions(in_admin, superuser, support):
    theirs = in_admin(support)

    run(in_admin(superuser), "end_sessions", support)

    assert theirs.get(USERS).status_code == 302
    assert in_admin(User.objects.get(pk=support.pk)).get(USERS).status_code == 200


def test_ending_the_sessions_of_one_user_keeps_the_admin_sessions_of_others(in_admin, superuser, support):
    browser = in_admin(superuser)

    run(browser, "end_sessions", support)

    assert browser.get(USERS).status_code == 200


def test_reactivating_restores_no_admin_session(in_admin, superuser, support):
    theirs, browser = in_admin(support), in_admin(superuser)

    run(browser, "deactivate", support)
    run(browser, "reactivate", support)

    assert theirs.get(USERS).status_code == 302


def test_reactivating_on_the_page_restores_no_admin_session(in_admin, superuser, support):
    theirs, browser = in_admin(support), in_admin(superuser)

    save(browser, support, is_active="", is_staff="on")
    save(browser, support, is_active="on", is_staff="on")

    assert User.objects.get(pk=support.pk).is_active
    assert theirs.get(USERS).status_code == 302


def test_changing_the_password_in_the_admin_ends_other_admin_sessions(in_admin, superuser):
    browser, other = in_admin(superuser), in_admin(superuser)
    form = {"old_password": PASSWORD, "new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}

    browser.post("/admin/password_change/", form)

    assert browser.get(USERS).status_code == 200
    assert other.get(USERS).status_code == 302


def test_setting_the_same_password_ends_admin_sessions_too(in_admin, support):
    theirs, hashed = in_admin(support), support.password
    replace_password(support, PASSWORD)

    User.objects.filter(pk=support.pk).update(password=hashed)

    assert theirs.get(USERS).status_code == 302


def test_the_admin_stays_open_when_the_secret_key_is_replaced(in_admin, support, settings):
    browser = in_admin(support)

    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = (
        [settings.SECRET_KEY],
        "another-0123456789-abcdefghijklmnopqrstuvw",
    )

    assert browser.get(USERS).status_code == 200


def test_sessions_that_ended_stay_ended_when_the_secret_key_is_replaced(in_admin, support, settings):
    browser = in_admin(support)
    end_sessions(support)

    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = (
        [settings.SECRET_KEY],
        "another-0123456789-abcdefghijklmnopqrstuvw",
    )

    assert browser.get(USERS).status_code == 302

"""`manage.py createsuperuser`."""

import io

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Clock, User
from accounts.tests.commands import can_log_in, log_lines
from conftest import NEW_PASSWORD


def test_createsuperuser_asks(client, type_in, monkeypatch, in_admin):
    type_in(NEW_PASSWORD, NEW_PASSWORD)
    answers = iter(["not an address", "Root@Example.com"])
    monkeypatch.setattr("builtins.input", lambda prompt: next(answers))
    terminal = io.StringIO()
    terminal.isatty = lambda: True

    call_command("createsuperuser", stdin=terminal)

    assert can_log_in(client, "root@example.com", NEW_PASSWORD)
    assert in_admin(User.objects.get()).get("/admin/").status_code == 200


def test_createsuperuser_reads_the_environment(client, monkeypatch, in_admin):
    monkeypatch.setenv("DJANGO_SUPERUSER_EMAIL", "Root@Example.com")
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", NEW_PASSWORD)

    call_command("createsuperuser", "--noinput")

    assert can_log_in(client, "root@example.com", NEW_PASSWORD)
    assert Clock.objects.filter(user__email="root@example.com").exists()
    assert in_admin(User.objects.get()).get("/admin/accounts/user/").status_code == 200


def test_createsuperuser_is_logged_by_the_id_of_the_account(caplog):
    call_command("createsuperuser", "--noinput", "--email=root@example.com")

    assert log_lines(caplog) == [("WARNING", f"Superuser {User.objects.get().pk} was created")]


def test_createsuperuser_refuses_an_address_that_is_taken_in_another_case(alice):
    with pytest.raises(CommandError, match="already taken"):
        call_command("createsuperuser", "--noinput", "--email=ALICE@example.com")


@pytest.mark.parametrize("email", ["root", "c" * 65 + "@example.com"])
def test_createsuperuser_refuses_an_invalid_address(email):
    with pytest.raises(CommandError):
        call_command("createsuperuser", "--noinput", f"--email={email}")

    assert not User.objects.exists()

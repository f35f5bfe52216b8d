"""`manage.py createuser`."""

import getpass
import io
import sys
import unicodedata

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command

from accounts.models import Clock, User
from accounts.tests.commands import can_log_in, log_lines
from conftest import NEW_PASSWORD


def test_createuser_asks_for_the_password_twice(client, type_in, capsys):
    type_in(NEW_PASSWORD, NEW_PASSWORD)

    call_command("createuser", "Carol@Example.com")

    carol = User.objects.get(email="carol@example.com")
    assert capsys.readouterr().out == "Created carol@example.com.\n"
    assert Clock.objects.get(user=carol).value == 0
    assert not carol.is_staff
    assert can_log_in(client, "carol@example.com", NEW_PASSWORD)


def test_createuser_works_where_registration_is_closed(client, pipe, settings):
    settings.REGISTRATION = "closed"
    pipe(f"{NEW_PASSWORD}\n")

    call_command("createuser", "carol@example.com", "--password-stdin")

    assert can_log_in(client, "carol@example.com", NEW_PASSWORD)


@pytest.mark.parametrize(
    "text",
    [
        " two  spaces ",
        " two  spaces \n",
        " two  spaces \r\n",
        "\ufeff two  spaces \r\n",
        " two  spaces \n\n",
        " two  spaces \nanother line\n",
    ],
)
def test_createuser_reads_a_piped_password_unchanged(client, pipe, text):
    pipe(text)

    call_command("createuser", "carol@example.com", "--password-stdin")

    assert can_log_in(client, "carol@example.com", " two  spaces ")


def test_createuser_creates_staff(pipe, capsys):
    Group.objects.get_or_create(name="Support")
    pipe(NEW_PASSWORD)

    call_command("createuser", "carol@example.com", "--staff", "--password-stdin")

    carol = User.objects.get(email="carol@example.com")
    assert carol.is_staff
    assert not carol.is_superuser
    assert carol.groups.get().name == "Support"
    assert "There is no group" not in capsys.readouterr().err


@pytest.mark.parametrize(("options", "kind"), [([], "Account"), (["--staff"], "Staff account")])
def test_createuser_is_logged_by_the_id_of_the_account(pipe, caplog, options, kind):
    pipe(NEW_PASSWORD)

    call_command("createuser", "carol@example.com", "--password-stdin", *options)

    assert log_lines(caplog) == [("WARNING", f"{kind} {User.objects.get().pk} was created by createuser")]


def test_createuser_warns_about_staff_without_the_group(pipe, capsys):
    Group.objects.filter(name="Support").delete()
    pipe(NEW_PASSWORD)

    call_command("createuser", "carol@example.com", "--staff", "--password-stdin")

    assert User.objects.get(email="carol@example.com").is_staff
    assert "The group Support does not exist" in capsys.readouterr().err


def test_createuser_adds_only_staff_to_the_group(pipe):
    Group.objects.get_or_create(name="Support")
    pipe(NEW_PASSWORD)

    call_command("createuser", "carol@example.com", "--password-stdin")

    assert not User.objects.get(email="carol@example.com").groups.exists()


ERRORS = [
    ("ALICE@example.com", NEW_PASSWORD, "An account with this e-mail address already exists."),
    ("carol", NEW_PASSWORD, "Enter a valid email address."),
    (
        "car ol@example.com",
        NEW_PASSWORD,
        "An e-mail address must not contain spaces, control characters or invisible characters.",
    ),
    ("c@" + "example." * 32 + "com", NEW_PASSWORD, "An e-mail address has at most 254 characters."),
    ("carol@example.com", "", "This password is too short. It must contain at least 8 characters."),
    ("carol@example.com", "password", "This password is too common."),
    ("carol@example.com", "carol@example.com", "The password is too similar to the e-mail address."),
    ("carol@example.com", "a" * 129, "Your password must contain at most 128 characters."),
    ("carol@example.com", "nul\x00 in the middle", "Your password contains bytes that are not text."),
    ("carol@example.com", "not \udcff Unicode", "Your password contains bytes that are not text."),
]


def test_createuser_prints_the_errors(alice, pipe, subtests):
    for email, password, sentence in ERRORS:
        with subtests.test(email=email, password=password, sentence=sentence):
            pipe(password)

            with pytest.raises(CommandError) as refusal:
                call_command("createuser", email, "--password-stdin")

            assert str(refusal.value) == sentence
            assert User.objects.get() == alice


def test_createuser_compares_what_is_typed_twice_in_one_form(client, type_in):
    type_in("Käsebrot am Morgen", unicodedata.normalize("NFD", "Käsebrot am Morgen"))

    call_command("createuser", "carol@example.com")

    assert can_log_in(client, "carol@example.com", "Käsebrot am Morgen")


def test_createuser_asks_again_after_a_slip(client, type_in, capsys):
    type_in(NEW_PASSWORD, "a slip", "password", "password", NEW_PASSWORD, NEW_PASSWORD)

    call_command("createuser", "carol@example.com")

    assert capsys.readouterr().err.splitlines() == [
        "The passwords do not match. Please try again.",
        "This password is too common.",
    ]
    assert can_log_in(client, "carol@example.com", NEW_PASSWORD)


@pytest.mark.parametrize("typed", [[""], ["password", "password"] * 3])
def test_createuser_fails_without_a_valid_password(type_in, typed):
    type_in(*typed)

    with pytest.raises(CommandError, match="Aborted"):
        call_command("createuser", "carol@example.com")

    assert not User.objects.exists()


def test_createuser_fails_without_a_terminal(monkeypatch):
    def no_terminal(prompt):
        raise EOFError

    monkeypatch.setattr(getpass, "getpass", no_terminal)

    with pytest.raises(CommandError, match="Aborted: the password is empty"):
        call_command("createuser", "carol@example.com")


def test_createuser_refuses_bytes_in_another_encoding(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"caf\xe9 au lait"), "utf-8"))

    with pytest.raises(CommandError, match="The password on standard input is not text"):
        call_command("createuser", "carol@example.com", "--password-stdin")

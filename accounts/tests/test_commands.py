"""`manage.py` makes accounts and sets passwords by the rules of registration."""

import getpass
import io
import sys

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command

from accounts.models import Clock, User
from conftest import PASSWORD
from notes_api.mail_url import mailer_of
from notes_api.tests.postbox import postbox

NEW_PASSWORD = "staple battery horse"


@pytest.fixture
def type_in(monkeypatch):
    """`type_in("a", "b")`: what is typed at one prompt for a password after the other."""

    def type_passwords(*passwords):
        remaining = iter(passwords)
        monkeypatch.setattr(getpass, "getpass", lambda prompt="Password: ": next(remaining))

    return type_passwords


def logged(caplog):
    return [(record.levelname, record.getMessage()) for record in caplog.records]


def can_log_in(client, email, password):
    return client.post("/login", {"username": email, "password": password}).status_code == 200


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


@pytest.mark.parametrize("text", [" two  spaces ", " two  spaces \n", " two  spaces \r\n"])
def test_createuser_takes_a_piped_password_character_for_character(client, pipe, text):
    pipe(text)

    call_command("createuser", "carol@example.com", "--password-stdin")

    assert can_log_in(client, "carol@example.com", " two  spaces ")


def test_createuser_makes_staff(pipe, capsys):
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

    assert logged(caplog) == [("WARNING", f"{kind} {User.objects.get().pk} was made by createuser")]


def test_createuser_says_that_staff_without_the_group_can_do_nothing(pipe, capsys):
    Group.objects.filter(name="Support").delete()
    pipe(NEW_PASSWORD)

    call_command("createuser", "carol@example.com", "--staff", "--password-stdin")

    assert User.objects.get(email="carol@example.com").is_staff
    assert "There is no group Support" in capsys.readouterr().err


def test_createuser_gives_others_than_staff_no_group(pipe):
    Group.objects.get_or_create(name="Support")
    pipe(NEW_PASSWORD)

    call_command("createuser", "carol@example.com", "--password-stdin")

    assert not User.objects.get(email="carol@example.com").groups.exists()


@pytest.mark.parametrize(
    ("email", "password", "sentence"),
    [
        ("ALICE@example.com", NEW_PASSWORD, "An account with this e-mail address already exists."),
        ("carol", NEW_PASSWORD, "Enter a valid email address."),
        ("car ol@example.com", NEW_PASSWORD, "An e-mail address holds no spaces, control or invisible characters."),
        ("c@" + "example." * 32 + "com", NEW_PASSWORD, "An e-mail address has at most 254 characters."),
        ("carol@example.com", "", "This password is too short. It must contain at least 8 characters."),
        ("carol@example.com", "password", "This password is too common."),
        ("carol@example.com", "carol@example.com", "The password is too similar to the e-mail address."),
        ("carol@example.com", "a" * 129, "Your password must contain at most 128 characters."),
        ("carol@example.com", "nul\x00 in the middle", "Your password contains bytes that are no text."),
        ("carol@example.com", "not \udcff Unicode", "Your password contains bytes that are no text."),
    ],
)
def test_createuser_says_what_is_wrong(alice, pipe, email, password, sentence):
    pipe(password)

    with pytest.raises(CommandError) as refusal:
        call_command("createuser", email, "--password-stdin")

    assert str(refusal.value) == sentence
    assert User.objects.get() == alice


def test_createuser_asks_again_after_a_slip(client, type_in, capsys):
    type_in(NEW_PASSWORD, "a slip", "password", "password", NEW_PASSWORD, NEW_PASSWORD)

    call_command("createuser", "carol@example.com")

    assert capsys.readouterr().err.splitlines() == [
        "The passwords do not match. Please try again.",
        "This password is too common.",
    ]
    assert can_log_in(client, "carol@example.com", NEW_PASSWORD)


@pytest.mark.parametrize("typed", [[""], ["password", "password"] * 3])
def test_createuser_gives_up_without_a_good_password(type_in, typed):
    type_in(*typed)

    with pytest.raises(CommandError, match="Aborted"):
        call_command("createuser", "carol@example.com")

    assert not User.objects.exists()


def test_createuser_gives_up_without_a_terminal(monkeypatch):
    def no_terminal(prompt):
        raise EOFError

    monkeypatch.setattr(getpass, "getpass", no_terminal)

    with pytest.raises(CommandError, match="Aborted: no password"):
        call_command("createuser", "carol@example.com")


def test_createuser_refuses_bytes_in_another_encoding(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"caf\xe9 au lait"), "utf-8"))

    with pytest.raises(CommandError, match="The password on standard input is no text"):
        call_command("createuser", "carol@example.com", "--password-stdin")


def test_createsuperuser_asks(client, type_in, monkeypatch, in_admin):
    type_in(NEW_PASSWORD, NEW_PASSWORD)
    answers = iter(["not an address", "Root@Example.com"])
    monkeypatch.setattr("builtins.input", lambda prompt: next(answers))
    terminal = io.StringIO()
    terminal.isatty = lambda: True

    call_command("createsuperuser", stdin=terminal)

    assert can_log_in(client, "root@example.com", NEW_PASSWORD)
    assert in_admin(User.objects.get()).get("/admin/").status_code == 200


def test_createsuperuser_takes_its_answers_from_the_environment(client, monkeypatch, in_admin):
    monkeypatch.setenv("DJANGO_SUPERUSER_EMAIL", "Root@Example.com")
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", NEW_PASSWORD)

    call_command("createsuperuser", "--noinput")

    assert can_log_in(client, "root@example.com", NEW_PASSWORD)
    assert Clock.objects.filter(user__email="root@example.com").exists()
    assert in_admin(User.objects.get()).get("/admin/accounts/user/").status_code == 200


def test_createsuperuser_is_logged_by_the_id_of_the_account(caplog):
    call_command("createsuperuser", "--noinput", "--email=root@example.com")

    assert logged(caplog) == [("WARNING", f"Superuser {User.objects.get().pk} was made")]


def test_createsuperuser_refuses_an_address_that_is_taken_in_another_case(alice):
    with pytest.raises(CommandError, match="already taken"):
        call_command("createsuperuser", "--noinput", "--email=ALICE@example.com")


@pytest.mark.parametrize("email", ["root", "c" * 65 + "@example.com"])
def test_createsuperuser_refuses_an_address_that_nobody_has(email):
    with pytest.raises(CommandError):
        call_command("createsuperuser", "--noinput", f"--email={email}")

    assert not User.objects.exists()


def test_changepassword_ends_every_session(alice, as_user, client, type_in, capsys):
    session = as_user(alice)
    type_in(NEW_PASSWORD, NEW_PASSWORD)

    call_command("changepassword", "Alice@Example.com")

    assert "Password changed successfully for user 'alice@example.com'" in capsys.readouterr().out
    assert session.get("/users/me").status_code == 401
    assert not can_log_in(client, alice.email, PASSWORD)
    assert can_log_in(client, alice.email, NEW_PASSWORD)


def test_changepassword_revokes_api_tokens(alice, by_token, type_in):
    script = by_token(alice, "notes:read")
    type_in(NEW_PASSWORD, NEW_PASSWORD)

    call_command("changepassword", alice.email)

    assert script.get("/users/me").status_code == 401


def test_changepassword_is_logged_by_the_id_of_the_account(alice, type_in, caplog):
    type_in(NEW_PASSWORD, NEW_PASSWORD)

    call_command("changepassword", alice.email)

    assert logged(caplog) == [("WARNING", f"The password of account {alice.pk} was set by changepassword")]


@pytest.mark.django_db(transaction=True)
def test_changepassword_has_told_the_owner_by_mail_when_it_ends(alice, type_in, settings):
    settings.ERRANDS_HAVE_A_THREAD = True
    type_in(NEW_PASSWORD, NEW_PASSWORD)

    with postbox(delay=0.2) as box:
        settings.MAILERS = {"default": mailer_of(box.url)}
        call_command("changepassword", alice.email)
        mails = list(box.mails)

    [mail] = mails
    assert (mail.envelope, mail["Subject"]) == (["alice@example.com"], "Your password was replaced")
    assert NEW_PASSWORD not in mail.get_content()


def test_changepassword_refuses_a_weak_password(alice, as_user, type_in):
    session = as_user(alice)
    type_in(*["password"] * 6)

    with pytest.raises(CommandError, match="Aborted"):
        call_command("changepassword", alice.email)

    assert session.get("/users/me").status_code == 200


def test_changepassword_says_that_nobody_has_the_address():
    with pytest.raises(CommandError) as refusal:
        call_command("changepassword", "nobody@example.com")

    assert str(refusal.value) == "user 'nobody@example.com' does not exist"

"""`manage.py revoke_tokens`."""

import pytest
from django.core.management import CommandError, call_command

from accounts.management.commands.revoke_tokens import UNKNOWN_GRANT
from accounts.models import Grant
from accounts.tests.credentials import is_accepted
from accounts.tests.grants import make_grant
from accounts.tests.programs import Program


def test_the_command_revokes_the_token_with_that_beginning(script, other, capsys):
    token = script.token_row

    call_command("revoke_tokens", token.prefix)

    said = f"Revoked Script ({token.prefix}…) of alice@example.com.\nAPI tokens revoked: 1.\n"
    assert capsys.readouterr().out == said
    assert [is_accepted(script), is_accepted(other)] == [False, True]


def test_the_command_accepts_a_whole_leaked_token_and_does_not_print_it(script, other, capsys):
    call_command("revoke_tokens", script.token_row.secret)

    assert script.token_row.secret[15:] not in capsys.readouterr().out
    assert [is_accepted(script), is_accepted(other)] == [False, True]


def test_the_command_revokes_all_tokens_of_an_account(script, by_token, alice, other, capsys):
    second = by_token(alice, "notes:append")

    call_command("revoke_tokens", "Alice@Example.com")

    assert capsys.readouterr().out.endswith("API tokens revoked: 2.\n")
    assert [is_accepted(script), is_accepted(second), is_accepted(other)] == [False, False, True]


def test_the_command_ends_all_grants_of_an_account(alice, bob, capsys):
    grants = [make_grant(alice, "notes:read"), make_grant(alice, "notes:edit")]
    of_bob = make_grant(bob, "notes:read")

    call_command("revoke_tokens", alice.email)

    assert capsys.readouterr().out == "Grants of programs ended: 2.\nAPI tokens revoked: 0.\n"
    assert not Grant.objects.live().of(alice).exists()
    assert [each.revoke() for each in (*grants, of_bob)] == [False, False, True]


@pytest.mark.parametrize("leaked", ["access", "refresh"])
def test_the_command_ends_the_grant_of_a_leaked_token_and_does_not_print_it(client, alice, capsys, caplog, leaked):
    program, other = Program(client), Program(client)
    tokens, kept = program.connect(), other.connect()
    capsys.readouterr()
    caplog.clear()

    call_command("revoke_tokens", f" {tokens[f'{leaked}_token']}\n")

    said = "Ended the access of Assistant to the notes of alice@example.com.\nGrants of programs ended: 1.\n"
    assert capsys.readouterr().out == said
    assert caplog.messages[-1].endswith(f" of account {alice.pk} was ended by revoke_tokens")
    assert [program.call(tokens).status_code, program.refresh(tokens["refresh_token"]).status_code] == [401, 400]
    assert other.call(kept).status_code == 200


def test_the_command_reports_that_a_grant_had_ended(alice, capsys):
    grant = make_grant(alice, "notes:read")
    grant.revoke()

    call_command("revoke_tokens", grant.present_tokens[0])

    assert capsys.readouterr().out == "Grants of programs ended: 0.\n"


def test_the_command_leaves_the_grants_when_it_revokes_one_token(script, alice):
    grant = make_grant(alice, "notes:read")

    call_command("revoke_tokens", script.token_row.prefix)

    assert Grant.objects.live().get() == grant


def test_the_command_leaves_a_line_in_the_log_for_each_token(script, by_token, alice, caplog):
    ended, second = [by_token(alice, "notes:append").token_row for _ in range(2)]
    ended.revoke()

    call_command("revoke_tokens", alice.email)

    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("WARNING", f"API token {token.pk} of account {alice.pk} was revoked by revoke_tokens")
        for token in (script.token_row, second)
    ]


def test_the_command_reports_that_nothing_was_revoked(script, capsys):
    call_command("revoke_tokens", script.token_row.prefix)
    capsys.readouterr()

    call_command("revoke_tokens", script.token_row.prefix)

    assert capsys.readouterr().out == "API tokens revoked: 0.\n"


@pytest.mark.parametrize(
    ("named", "sentence"),
    [
        ("cn_pat_abc", "Give the first 15 characters of the token."),
        ("cn_oat_abc", UNKNOWN_GRANT),
        ("cn_ort_abc", UNKNOWN_GRANT),
        ("nobody@example.com", "No account has the e-mail address nobody@example.com."),
        ("", "No account has the e-mail address ."),
    ],
)
def test_the_command_reports_an_unknown_token_or_account(script, named, sentence):
    with pytest.raises(CommandError) as refusal:
        call_command("revoke_tokens", named)

    assert str(refusal.value) == sentence
    assert is_accepted(script)

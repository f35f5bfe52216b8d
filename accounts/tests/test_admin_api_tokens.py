"""What staff see of API tokens, and how they revoke them, in the admin and by a command."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import ApiToken
from accounts.tests.staff import NEW_PASSWORD, USERS, filter_links, page_of, run

TOKENS = "/admin/accounts/apitoken/"


def revoke(browser, *tokens):
    data = {"action": "revoke", "_selected_action": [str(token.pk) for token in tokens]}
    return browser.post(TOKENS, data, follow=True)


def is_good(client):
    return client.get("/users/me").status_code == 200


def is_shown_live(page, token):
    return 'alt="True"' in page.partition(token.prefix)[2].partition("</tr>")[0]


@pytest.fixture
def script(by_token, alice):
    return by_token(alice, "notes:read", "notes:append", expires_at=timezone.now() + timedelta(days=1))


@pytest.fixture
def other(by_token, bob):
    return by_token(bob, "notes:read")


@pytest.fixture
def browser(in_admin, support):
    return in_admin(support)


def test_the_list_says_which_tokens_are_over(browser, by_token, alice):
    moment = timezone.now()
    expired = by_token(alice, "notes:read", expires_at=moment - timedelta(seconds=1)).token_row
    revoked, lasting = [by_token(alice, "notes:read").token_row for _ in range(2)]
    running = by_token(alice, "notes:read", expires_at=moment + timedelta(days=1)).token_row
    revoked.revoke()

    page = browser.get(TOKENS).content.decode()

    assert [row.prefix for row in (expired, revoked, lasting, running) if is_shown_live(page, row)] == [
        lasting.prefix,
        running.prefix,
    ]


@pytest.mark.parametrize("ending", ["", "?q=alice", "?revoked_at__isempty=1"])
def test_the_list_says_whose_what_for_and_how_it_begins(browser, script, ending):
    page = browser.get(f"{TOKENS}{ending}").content.decode()

    shown = ("Script", "alice@example.com", script.token_row.prefix, "notes:read notes:append")
    assert [text for text in shown if text not in page] == []


def test_a_leaked_token_is_found_by_how_it_begins_or_whole(browser, script, other):
    secret = script.token_row.secret

    for asked in (secret[:15], secret):
        page = browser.get(TOKENS, {"q": asked}).content.decode()
        assert "alice@example.com" in page
        assert "bob@example.com" not in page


@pytest.mark.parametrize("asked", ["cn_pat_", "cn_pat_%", "cn_pat_________", "nobody@example.com", "%"])
def test_what_no_token_is_like_finds_none(browser, script, asked):
    assert "0 API tokens" in browser.get(TOKENS, {"q": asked}).content.decode()


@pytest.mark.parametrize(
    "query",
    ["digest__startswith=a", "digest=a", "prefix__regex=(", "user__password__startswith=a", "user=1", "name=x",
     "revoked_at__isempty=x", "revoked_at__gte=2020-01-01"],
)  # fmt: skip
def test_the_list_answers_no_question_but_those_of_its_filters(browser, query):
    assert browser.get(f"{TOKENS}?{query}").status_code == 400


def test_every_link_of_the_filters_leads_to_a_list(browser):
    links = filter_links(browser.get(TOKENS))

    assert len(links) >= 3
    assert {browser.get(f"{TOKENS}{link}").status_code for link in links} == {200}


def test_no_page_shows_the_secret_or_its_digest(browser, script):
    token = script.token_row
    pages = [TOKENS, f"{TOKENS}{token.pk}/change/", f"{TOKENS}{token.pk}/history/", page_of(token.user)]

    shown = [browser.get(page).content.decode() for page in pages]

    assert [token.prefix in page for page in shown] == [True] * 4
    assert [page for page in shown if token.digest in page or token.secret[15:] in page] == []


def test_a_name_is_no_markup(browser, by_token, alice):
    ApiToken.objects.filter(pk=by_token(alice, "notes:read").token_row.pk).update(name="<script>alert(1)</script>")

    assert b"<script>alert" not in browser.get(TOKENS).content
    assert b"<script>alert" not in browser.get(page_of(alice)).content


def test_the_page_of_a_user_lists_live_tokens(browser, script, by_token, alice):
    gone = by_token(alice, "notes:read").token_row
    gone.revoke()

    page = browser.get(page_of(alice)).content.decode()

    assert script.token_row.prefix in page
    assert gone.prefix not in page


def test_the_page_of_a_user_lists_at_most_20_tokens(browser, alice):
    ApiToken.objects.bulk_create(
        [ApiToken(user=alice, name=f"no. {n}.", prefix="x", digest=str(n), scopes=[]) for n in range(25)]
    )

    page = browser.get(page_of(alice)).content.decode()

    assert "The newest 20 of 25." in page
    assert "no. 24." in page
    assert "no. 4." not in page


def test_the_list_runs_the_same_number_of_queries_for_1_and_for_10_tokens(browser, script, alice):
    browser.get(TOKENS)
    with CaptureQueriesContext(connection) as with_one:
        browser.get(TOKENS)
    rows = [ApiToken(user=alice, name="x", prefix="x", digest=str(number), scopes=[]) for number in range(9)]
    ApiToken.objects.bulk_create(rows)

    with CaptureQueriesContext(connection) as with_ten:
        browser.get(TOKENS)

    assert len(with_ten) == len(with_one)


def test_revoking_bites_at_once_and_is_on_record(browser, support, alice, bob, script, other):
    response = revoke(browser, script.token_row, other.token_row)

    assert "Revoked: 2 of 2." in response.content.decode()
    assert [is_good(script), is_good(other)] == [False, False]
    assert [(entry.user, entry.object_id, entry.get_change_message()) for entry in LogEntry.objects.order_by("id")] == [
        (support, str(script.token_row.pk), f"Revoked the token of account {alice.pk}."),
        (support, str(other.token_row.pk), f"Revoked the token of account {bob.pk}."),
    ]


def test_what_is_on_record_does_not_name_the_token(browser, script):
    revoke(browser, script.token_row)

    assert script.token_row.name not in LogEntry.objects.get().object_repr


def test_what_was_over_already_is_not_recorded_again(browser, script):
    revoke(browser, script.token_row)
    when = ApiToken.objects.get().revoked_at

    response = revoke(browser, script.token_row)

    assert "Revoked: 0 of 1." in response.content.decode()
    assert LogEntry.objects.count() == 1
    assert ApiToken.objects.get().revoked_at == when


def test_support_cannot_revoke_the_tokens_of_staff(browser, script, by_token, superuser):
    of_root = by_token(superuser, "notes:read")

    response = revoke(browser, script.token_row, of_root.token_row)

    assert "Left out, since you may not do this: 1." in response.content.decode()
    assert [is_good(script), is_good(of_root)] == [False, True]


@pytest.mark.parametrize("rights", [[], ["view_apitoken"], ["change_user"]])
def test_without_the_right_nothing_is_revoked(in_admin, staff, script, rights):
    staff.user_permissions.set(Permission.objects.filter(codename__in=rights))

    revoke(in_admin(staff), script.token_row)

    assert is_good(script)


def test_nobody_makes_changes_or_deletes_tokens_in_the_admin(in_admin, superuser, script):
    browser, page = in_admin(superuser), f"{TOKENS}{script.token_row.pk}"
    form = {"name": "Mine", "scopes": '["notes:write"]'}
    before = ApiToken.objects.values().get()

    assert browser.post(f"{TOKENS}add/", form).status_code == 403
    assert browser.post(f"{page}/change/", form).status_code == 403
    assert browser.post(f"{page}/delete/", {"post": "yes"}).status_code == 403
    assert ApiToken.objects.values().get() == before


def test_all_tokens_of_users_are_revoked_from_their_list(browser, script, other, by_token, alice, support):
    second = by_token(alice, "notes:append")

    response = run(browser, "revoke_api_tokens", alice)

    assert "Revoked all API tokens of 1 user." in response.content.decode()
    assert [is_good(script), is_good(second), is_good(other)] == [False, False, True]
    assert LogEntry.objects.get().get_change_message() == "Revoked all API tokens of the account."


def test_support_cannot_revoke_all_tokens_of_staff(browser, by_token, superuser):
    of_root = by_token(superuser, "notes:read")

    run(browser, "revoke_api_tokens", superuser)

    assert is_good(of_root)


def test_a_password_set_by_staff_revokes_tokens_too(browser, script, alice):
    form = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD, "usable_password": "true", "set-password": "1"}

    browser.post(f"{USERS}{alice.pk}/password/", form)

    assert not is_good(script)


def test_a_new_password_of_ones_own_in_the_admin_leaves_tokens_good(in_admin, superuser, by_token):
    client = by_token(superuser, "notes:read")
    form = {"old_password": "correct horse battery", "new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}

    response = in_admin(superuser).post("/admin/password_change/", form)

    assert response.status_code == 302
    assert is_good(client)


def test_the_page_before_deletion_counts_the_tokens(in_admin, superuser, script, alice):
    assert "api tokens: 1" in in_admin(superuser).get(f"{USERS}{alice.pk}/delete/").content.decode().lower()


# --- manage.py revoke_tokens -----------------------------------------------------------------------------------------


def test_the_command_revokes_the_token_that_begins_so(script, other, capsys):
    token = script.token_row

    call_command("revoke_tokens", token.prefix)

    said = f"Revoked Script ({token.prefix}…) of alice@example.com.\nAPI tokens revoked: 1.\n"
    assert capsys.readouterr().out == said
    assert [is_good(script), is_good(other)] == [False, True]


def test_the_command_takes_a_leaked_token_whole_and_does_not_repeat_it(script, other, capsys):
    call_command("revoke_tokens", script.token_row.secret)

    assert script.token_row.secret[15:] not in capsys.readouterr().out
    assert [is_good(script), is_good(other)] == [False, True]


def test_the_command_revokes_all_tokens_of_an_account(script, by_token, alice, other, capsys):
    second = by_token(alice, "notes:append")

    call_command("revoke_tokens", "Alice@Example.com")

    assert capsys.readouterr().out.endswith("API tokens revoked: 2.\n")
    assert [is_good(script), is_good(second), is_good(other)] == [False, False, True]


def test_the_command_leaves_a_line_in_the_log_for_each_token(script, by_token, alice, caplog):
    ended, second = [by_token(alice, "notes:append").token_row for _ in range(2)]
    ended.revoke()

    call_command("revoke_tokens", alice.email)

    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("WARNING", f"API token {token.pk} of account {alice.pk} was revoked by revoke_tokens")
        for token in (script.token_row, second)
    ]


def test_the_command_says_that_there_was_nothing_to_revoke(script, capsys):
    call_command("revoke_tokens", script.token_row.prefix)
    capsys.readouterr()

    call_command("revoke_tokens", script.token_row.prefix)

    assert capsys.readouterr().out == "API tokens revoked: 0.\n"


@pytest.mark.parametrize(
    ("named", "sentence"),
    [
        ("cn_pat_abc", "Give the first 15 characters of the token."),
        ("nobody@example.com", "There is no account with the e-mail address nobody@example.com."),
        ("", "There is no account with the e-mail address ."),
    ],
)
def test_the_command_says_what_it_cannot_find(script, named, sentence):
    with pytest.raises(CommandError) as refusal:
        call_command("revoke_tokens", named)

    assert str(refusal.value) == sentence
    assert is_good(script)

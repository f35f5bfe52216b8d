"""API tokens in the admin."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import ApiToken
from accounts.tests.staff import API_TOKENS, USERS, filter_links, page_of


def is_shown_live(page, token):
    return 'alt="True"' in page.partition(token.prefix)[2].partition("</tr>")[0]


def test_the_list_shows_which_tokens_have_ended(browser, by_token, alice):
    moment = timezone.now()
    expired = by_token(alice, "notes:read", expires_at=moment - timedelta(seconds=1)).token_row
    revoked, lasting = [by_token(alice, "notes:read").token_row for _ in range(2)]
    running = by_token(alice, "notes:read", expires_at=moment + timedelta(days=1)).token_row
    revoked.revoke()

    page = browser.get(API_TOKENS).content.decode()

    assert [row.prefix for row in (expired, revoked, lasting, running) if is_shown_live(page, row)] == [
        lasting.prefix,
        running.prefix,
    ]


@pytest.mark.parametrize("ending", ["", "?q=alice", "?revoked_at__isempty=1"])
def test_the_list_shows_the_owner_the_name_and_the_beginning_of_a_token(browser, script, ending):
    page = browser.get(f"{API_TOKENS}{ending}").content.decode()

    shown = ("Script", "alice@example.com", script.token_row.prefix, "notes:read notes:append")
    assert [text for text in shown if text not in page] == []


def test_a_leaked_token_is_found_by_how_it_begins_or_whole(browser, script, other):
    secret = script.token_row.secret

    for asked in (secret[:15], secret):
        page = browser.get(API_TOKENS, {"q": asked}).content.decode()
        assert "alice@example.com" in page
        assert "bob@example.com" not in page


def test_a_search_for_an_unknown_token_finds_nothing(browser, script, subtests):
    for asked in ["cn_pat_", "cn_pat_%", "cn_pat_________", "nobody@example.com", "%"]:
        with subtests.test(asked=asked):
            assert "0 API tokens" in browser.get(API_TOKENS, {"q": asked}).content.decode()


REFUSED_LOOKUPS = ["digest__startswith=a", "digest=a", "prefix__regex=(", "user__password__startswith=a", "user=1"]
REFUSED_LOOKUPS += ["name=x", "revoked_at__isempty=x", "revoked_at__gte=2020-01-01"]


def test_the_list_refuses_other_lookups(browser, subtests):
    for query in REFUSED_LOOKUPS:
        with subtests.test(query=query):
            assert browser.get(f"{API_TOKENS}?{query}").status_code == 400


def test_every_link_of_the_filters_leads_to_a_list(browser):
    links = filter_links(browser.get(API_TOKENS))

    assert len(links) >= 3
    assert {browser.get(f"{API_TOKENS}{link}").status_code for link in links} == {200}


def test_no_page_shows_the_secret_or_its_digest(browser, script):
    token = script.token_row
    pages = [API_TOKENS, f"{API_TOKENS}{token.pk}/change/", f"{API_TOKENS}{token.pk}/history/", page_of(token.user)]

    shown = [browser.get(page).content.decode() for page in pages]

    assert [token.prefix in page for page in shown] == [True] * 4
    assert [page for page in shown if token.digest in page or token.secret[15:] in page] == []


def test_a_name_is_escaped(browser, by_token, alice):
    ApiToken.objects.filter(pk=by_token(alice, "notes:read").token_row.pk).update(name="<script>alert(1)</script>")

    assert b"<script>alert" not in browser.get(API_TOKENS).content
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
    browser.get(API_TOKENS)
    with CaptureQueriesContext(connection) as with_one:
        browser.get(API_TOKENS)
    rows = [ApiToken(user=alice, name="x", prefix="x", digest=str(number), scopes=[]) for number in range(9)]
    ApiToken.objects.bulk_create(rows)

    with CaptureQueriesContext(connection) as with_ten:
        browser.get(API_TOKENS)

    assert len(with_ten) == len(with_one)


def test_the_admin_has_no_add_change_or_delete_for_tokens(in_admin, superuser, script):
    browser, page = in_admin(superuser), f"{API_TOKENS}{script.token_row.pk}"
    form = {"name": "Mine", "scopes": '["notes:write"]'}
    before = ApiToken.objects.values().get()

    assert browser.post(f"{API_TOKENS}add/", form).status_code == 403
    assert browser.post(f"{page}/change/", form).status_code == 403
    assert browser.post(f"{page}/delete/", {"post": "yes"}).status_code == 403
    assert ApiToken.objects.values().get() == before


def test_the_page_before_deletion_counts_the_tokens(in_admin, superuser, script, alice):
    assert "api tokens: 1" in in_admin(superuser).get(f"{USERS}{alice.pk}/delete/").content.decode().lower()

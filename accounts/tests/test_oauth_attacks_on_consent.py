"""Attacks on the page where users log in and decide: CSRF, clickjacking, swapped forms (RFC 9700, 4.7 and 4.16)."""

from datetime import timedelta

import pytest
from django.core import signing
from django.utils import timezone

from accounts.flows.deactivation import deactivate
from accounts.models import Grant, Session
from accounts.tests.link_pages import BROWSER, heading
from accounts.tests.programs import Program, hidden_form, query_of
from conftest import PASSWORD

SCOPES = ["notes:read"]


@pytest.fixture
def program(client, alice):
    return Program(client)


@pytest.fixture
def mallorys(client, mallory):
    """A program of Mallory, in her browser."""
    return Program(client, client_name="Mallory's")


def is_page_expired(page):
    return page.status_code == 400 and b"<form" not in page.content and "Location" not in page.headers


def test_csrf_with_the_form_sent_by_another_site_is_refused(program, subtests):
    for site in ["cross-site", "same-site", "none", "unknown", ""]:
        with subtests.test(site=site):
            page = program.ask()

            answer = program.submit(page, decision="allow", scope=SCOPES, headers={"Sec-Fetch-Site": site})

            assert is_page_expired(answer)
            assert Grant.objects.count() == 0


def test_csrf_from_a_foreign_origin_is_refused_in_browsers_without_fetch_metadata(program):
    page = program.ask()
    program.browser.cookies.clear()  # They are not sent: SameSite.

    assert is_page_expired(program.answer(page))
    assert Grant.objects.count() == 0


def test_csrf_with_get_is_refused(program):
    page = program.ask()
    answer = program.open(decision="allow", form=hidden_form(page))

    assert "Location" not in answer.headers
    assert Grant.objects.count() == 0


@pytest.mark.parametrize(
    "forge",
    [
        lambda form: "",
        lambda form: form[:-1],
        lambda form: form[:-3] + "AAA",
        lambda form: "A" + form,
        lambda form: form.split(":")[0],
        lambda form: "\x00",
        lambda form: form.replace(":", "."),
        lambda form: signing.dumps(signing.loads(form, salt="/authorize"), salt="/device", compress=True),
        lambda form: signing.dumps(signing.loads(form, salt="/authorize"), salt="/authorize", key="guessed"),
    ],
    ids=["empty", "shorter", "altered", "prefixed", "unsigned", "control", "separators", "device", "key"],
)
def test_csrf_with_a_forged_form_is_refused(program, forge):
    form = forge(hidden_form(program.ask()))

    answer = program.post("/authorize", form=form, decision="allow", scope=SCOPES)

    assert is_page_expired(answer)
    assert Grant.objects.count() == 0


def test_another_users_form_is_refused(program, mallorys):
    """Mallory logs in, and makes Alice's browser send her form: Alice's program would use Mallory's notes."""
    page = mallorys.log_in(mallorys.open(), email="mallory@example.com")
    program.ask()

    answer = program.post("/authorize", form=hidden_form(page), decision="allow", scope=SCOPES)

    assert is_page_expired(answer)
    assert Grant.objects.count() == 0


def test_a_stolen_form_is_refused_in_another_browser(program, mallorys):
    page = program.ask()
    mallorys.open()

    answer = mallorys.post("/authorize", form=hidden_form(page), decision="allow", scope=SCOPES)

    assert is_page_expired(answer)
    assert Grant.objects.count() == 0


def test_a_program_swapped_between_the_page_and_the_answer_is_refused(program, mallorys):
    page = program.ask()
    swapped = {"client_id": mallorys.client_id, "redirect_uri": "https://evil.example/", "code_challenge": "a" * 43}

    answer = program.submit(page, decision="allow", scope=SCOPES, **swapped)

    assert answer.headers["Location"].startswith(f"{program.redirect_uri}?code=")
    grant = Grant.objects.get()
    assert (grant.client.identifier, grant.redirect_uri) == (program.client_id, program.redirect_uri)
    assert program.exchange(query_of(answer.headers["Location"])["code"]).status_code == 200


def test_a_program_swapped_in_the_address_of_the_form_is_refused(program, mallorys):
    page = program.ask()

    answer = program.submit(page, f"/authorize?client_id={mallorys.client_id}", decision="allow", scope=SCOPES)

    assert answer.status_code == 400 or Grant.objects.get().client.identifier == program.client_id


def test_login_csrf_from_another_site_is_refused(program, mallorys):
    """Mallory's page logs Alice's browser in as Mallory."""
    page = mallorys.open()
    program.open()

    answer = program.post(
        "/authorize/login",
        headers={"Sec-Fetch-Site": "cross-site"},
        form=hidden_form(page),
        email="mallory@example.com",
        password=PASSWORD,
    )
    without_metadata = program.post(
        "/authorize/login", form=hidden_form(page), email="mallory@example.com", password=PASSWORD
    )

    assert is_page_expired(answer)
    assert is_page_expired(without_metadata)
    assert Session.objects.count() == 0


def test_an_answer_works_once(program):
    page = program.ask()
    program.answer(page)

    assert is_page_expired(program.answer(page))
    assert Grant.objects.count() == 1


def test_an_answer_after_a_refusal_is_refused(program):
    page = program.ask()
    program.answer(page, decision="refuse")

    assert is_page_expired(program.answer(page))
    assert Grant.objects.count() == 0


def test_a_page_works_for_ten_minutes(program, time_machine):
    time_machine.move_to("2026-01-05T09:00:00Z", tick=False)
    page = program.ask()
    time_machine.move_to(timezone.now() + timedelta(minutes=11), tick=False)

    assert is_page_expired(program.answer(page))


def test_log_out_everywhere_ends_an_open_page(program, alice, as_user):
    device = as_user(alice)
    page = program.ask()
    device.delete("/sessions")

    assert is_page_expired(program.answer(page))
    assert Grant.objects.count() == 0


def test_a_deactivated_user_cannot_answer(program, alice):
    page = program.ask()
    deactivate(alice)

    assert is_page_expired(program.answer(page))


def test_the_question_is_not_asked_before_the_log_in(program):
    page = program.open()

    assert is_page_expired(program.answer(page))
    assert heading(program.log_in(page, password="wrong password")) == "Log in to decide"


def test_the_cookie_of_the_page_authenticates_nothing(program):
    program.ask()

    assert program.browser.get("/users/me").status_code == 401
    (cookie,) = program.browser.cookies.values()
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/authorize")


def test_clickjacking_is_refused_by_each_page(program):
    page = program.open()
    pages = [page, program.log_in(page, password="wrong password"), program.ask(), program.open(client_id="unknown")]
    pages.append(program.browser.get("/device", headers=BROWSER))

    for each in pages:
        policy = each.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy
        assert "script-src" not in policy.replace("default-src 'none'", "")
        assert each.headers["X-Frame-Options"] == "DENY"
        assert each.headers["Cache-Control"] == "no-store"


def test_the_page_escapes_what_programs_and_attackers_write(client, alice):
    name = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
    program = Program(client, client_name=name)
    pages = [program.open(), program.log_in(program.open(), email='"><script>', password="a"), program.ask()]

    assert all(b"<script" not in page.content and b"<img" not in page.content for page in pages)


def test_a_form_in_another_format_is_refused(program):
    page = program.ask()
    body = {"form": hidden_form(page), "decision": "allow", "scope": SCOPES}

    for media_type in ("json", "multipart"):
        answer = program.browser.post("/authorize", body, format=media_type, headers=BROWSER)
        assert answer.status_code in (400, 415)
    assert Grant.objects.count() == 0

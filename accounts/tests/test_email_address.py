"""A mailbox has one account, however its address is spelled."""

import importlib

import pytest
from django.apps import apps
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from accounts.exceptions import EmailTaken
from accounts.flows.email_change import confirm_change
from accounts.flows.email_verification import verify_email
from accounts.flows.password_change import reset_password
from accounts.models import MailLink, User
from accounts.models.email_address import canonical_email, clean_email
from accounts.throttling import hash_email
from notes_api.tests.cpu_time import cpu_seconds
from notes_api.tests.responses import invalid_fields

PASSWORD = "a long quiet walk"
U_LABEL, A_LABEL = "alice@bücher.example", "alice@xn--bcher-kva.example"
# It has 236 characters, and 278 with A-labels.
LONG_U_LABELS = f"{'a' * 64}@{'.'.join(['aüb' * 9] * 6)}.org"
# These letters change under lower(), look like ASCII, compose, or are part of an IDNA form.
LOCAL = st.text(st.sampled_from("abzAZ09.+-_İıſKß\u0307é@ "), min_size=1, max_size=12)
DOMAIN = st.text(st.sampled_from("abzAZ09.-İıſKßüU\u0308\u0307xn-。ａ例"), min_size=1, max_size=20)
ADDRESSES = (
    st.text(max_size=40)
    | st.builds("{}@{}.org".format, LOCAL, DOMAIN)
    | st.builds("{}@xn--{}.org".format, LOCAL, DOMAIN)
)


def register(client, email):
    return client.post("/users", {"email": email, "password": PASSWORD})


def log_in(client, email, password=PASSWORD):
    return client.post("/login", {"username": email, "password": password})


def make_old_account(email):
    """Store an address as releases before the canonical form did."""
    user = User(email=email, password=make_password(PASSWORD))
    user.create()
    return user


@given(ADDRESSES)
def test_cleaning_an_address_twice_changes_nothing(address):
    try:
        cleaned = clean_email(address)
    except ValidationError:
        return

    assert clean_email(cleaned) == cleaned
    assert cleaned.isascii()
    assert cleaned == cleaned.lower()


@given(ADDRESSES)
def test_the_canonical_form_of_a_canonical_address_is_the_same(address):
    assert canonical_email(canonical_email(address)) == canonical_email(address)


MISLEADING_ADDRESSES = [
    "İ@example.org",
    "adm\u0131n@example.org",
    "\u017fam@example.org",
    "jürgen@example.org",
    "alice@localhost",
    "alice@[127.0.0.1]",
    "alice@[IPv6:::1]",
    "alice@xn--a.example",
    "alice@example\u3002org",
    "alice@\u017fam.example",
    "alice@example.org.",
    "x" * 60_000 + "@example.org",
    "a@" + "\u0301\u0316" * 15_000 + ".org",
]


def test_an_address_that_misleads_is_rejected(client, subtests):
    for email in MISLEADING_ADDRESSES:
        with subtests.test(email=email):
            response = register(client, email)

            assert response.status_code == 400
            assert invalid_fields(response) == ["email"]


@pytest.mark.parametrize("text", ["\u0301\u0316", "ü", "ü."])
def test_a_long_address_costs_little(text):
    address = f"a@{text * 500_000}.org"

    def clean():
        with pytest.raises(ValidationError):
            clean_email(address)

    seconds, _ = cpu_seconds(clean)

    assert seconds < 0.1


def test_a_long_search_for_an_address_costs_little():
    seconds, _ = cpu_seconds(lambda: canonical_email("ü" * 60_000))

    assert seconds < 0.1


def test_letters_that_become_ascii_in_lower_case_are_the_same_account(client):
    assert register(client, "alic\u212a@example.org").json()["email"] == "alick@example.org"
    assert register(client, "alick@example.org").status_code == 409


@pytest.mark.parametrize("second", [A_LABEL, "Alice@BÜCHER.example", "alice@bu\u0308cher.example", U_LABEL])
def test_two_spellings_of_a_domain_are_one_account(client, second):
    assert register(client, U_LABEL).json()["email"] == A_LABEL
    assert register(client, second).status_code == 409
    assert User.objects.count() == 1


SPELLINGS = [
    A_LABEL,
    U_LABEL,
    "ALICE@bu\u0308cher.example",
    f" {U_LABEL} ",
    f"\ufeff{A_LABEL}",
    f"{A_LABEL}\n",
    f"\u202a{A_LABEL}\u202c",
    f"{A_LABEL}\u200b",
    f"\u00a0{U_LABEL}\u3000",
]


def test_every_spelling_logs_in(client, subtests):
    register(client, U_LABEL)

    for spelling in SPELLINGS:
        with subtests.test(spelling=spelling):
            assert log_in(client, spelling).status_code == 200


def test_a_letter_that_idna_2003_mapped_is_a_domain_of_its_own(client):
    assert register(client, "alice@straße.example").json()["email"] == "alice@xn--strae-oqa.example"
    assert register(client, "alice@strasse.example").status_code == 201


@pytest.mark.parametrize("email", ["adm\u0131n@example.org", "alice@localhost", "alice@[127.0.0.1]", U_LABEL])
def test_an_account_with_an_address_of_an_older_release_logs_in(client, email):
    make_old_account(email)

    assert log_in(client, email.upper() if email.isascii() else email).status_code == 200


def test_an_old_account_and_one_with_the_canonical_address_stay_apart(client):
    old, new = make_old_account(U_LABEL), make_old_account(A_LABEL)

    assert User.objects.find_by_email(U_LABEL) == old
    assert User.objects.find_by_email(A_LABEL) == new
    assert User.objects.find_by_email("Alice@BU\u0308CHER.example") == new


def test_all_spellings_share_the_counter_of_failed_logins():
    assert hash_email(U_LABEL) == hash_email(f" {A_LABEL.upper()}")


@pytest.mark.django_db(transaction=True)
def test_mail_goes_to_the_domain_in_ascii(client, settings, mailoutbox):
    settings.EMAIL_VERIFICATION = "optional"

    register(client, U_LABEL)

    assert mailoutbox[0].to == [A_LABEL]


def convert_domains():
    importlib.import_module("accounts.migrations.0010_domains_are_a_labels").convert_domains(apps, None)


def test_the_migration_converts_stored_domains(db):
    user = make_old_account(U_LABEL)

    convert_domains()

    user.refresh_from_db()
    assert user.email == A_LABEL


@pytest.mark.parametrize(
    "email", [U_LABEL, "alice@☃.example", "jürgen@example.org", "alice@käse\u3002example", LONG_U_LABELS]
)
def test_the_migration_keeps_an_address_whose_new_form_is_taken_or_not_valid(client, email):
    make_old_account(A_LABEL)
    user = make_old_account(email)

    convert_domains()

    user.refresh_from_db()
    assert user.email == email
    assert log_in(client, email).status_code == 200


def link_of_an_earlier_version(purpose, user, address=U_LABEL):
    token = MailLink.objects.issue(purpose, address, user.pk).token
    return MailLink.objects.get_by_token(token, purpose)


def test_an_old_link_that_changes_the_address_writes_the_canonical_form(alice):
    confirm_change(alice, link_of_an_earlier_version(MailLink.Purpose.CHANGE, alice))

    alice.refresh_from_db()
    assert alice.email == A_LABEL


def test_an_old_link_cannot_give_one_mailbox_two_accounts(alice):
    make_old_account(A_LABEL)

    with pytest.raises(EmailTaken):
        confirm_change(alice, link_of_an_earlier_version(MailLink.Purpose.CHANGE, alice))


@pytest.mark.parametrize("address", [LONG_U_LABELS, "jürgen@example.org", "alice@localhost"])
def test_an_old_link_to_an_address_that_is_no_longer_accepted_is_invalid(alice, address):
    with pytest.raises(MailLink.DoesNotExist):
        confirm_change(alice, link_of_an_earlier_version(MailLink.Purpose.CHANGE, alice, address))


@pytest.mark.parametrize("is_migrated", [True, False])
def test_old_links_to_an_internationalized_address_verify_and_reset(db, is_migrated):
    user = make_old_account(U_LABEL)
    verification, reset = (
        link_of_an_earlier_version(purpose, user) for purpose in (MailLink.Purpose.VERIFY, MailLink.Purpose.RESET)
    )
    if is_migrated:
        convert_domains()

    verify_email(user, verification)
    assert User.objects.get().email_verified_at is not None
    reset_password(user, "another long walk", reset)
    assert User.objects.get().check_password("another long walk")

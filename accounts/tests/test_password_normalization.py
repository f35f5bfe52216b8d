"""Devices encode the same letters differently, but a password is the same on all of them."""

import time
import unicodedata
from functools import partial

import pytest
from django.contrib.auth.hashers import BCryptSHA256PasswordHasher
from django.test import Client

from accounts.authentication.passwords import NON_ASCII_SPACES, PASSWORD_MAX_LENGTH, NfcHasher, normalize_password
from accounts.models import User
from accounts.tests.account_requests import log_in, register, send_password_change
from notes_api.tests.responses import field_errors

# As typed at registration, and in another form of Unicode that looks the same or nearly so.
TWINS = [
    ("the ﬁnest fish", "the finest fish"),
    ("two squared: 2²", "two squared: 22"),
    ("ｋäsebrot three", "käsebrot three"),
    ("カタカナ パスワード", "ｶﾀｶﾅ ﾊﾟｽﾜｰﾄﾞ"),
    ("Room № 12, Ⅷ", "Room No 12, VIII"),
    ("Ångström units", "\u212bngström units"),
]
WORDS = "Grüße an Zoë, 한국어"
COMPOSED, DECOMPOSED = unicodedata.normalize("NFC", WORDS), unicodedata.normalize("NFD", WORDS)
FORMS = [(COMPOSED, DECOMPOSED), (DECOMPOSED, COMPOSED)]


class OldHasher(BCryptSHA256PasswordHasher):
    """bcrypt as in earlier versions, with the fewest rounds."""

    rounds = 4


class OldNfcHasher(NfcHasher):
    rounds = 4


@pytest.fixture(autouse=True)
def _product_hashers(settings):
    hashers = [f"{__name__}.{name}" for name in ("OldNfcHasher", "OldHasher")]
    settings.PASSWORD_HASHERS = ["notes_api.tests.hashing.QuickHasher", *hashers]


@pytest.fixture
def stored_before(client):
    """Register with a password; replace its hash by that of an earlier version."""

    return partial(store, client, OldHasher())


@pytest.fixture
def stored_in_nfc(client):
    return partial(store, client, OldNfcHasher())


def store(client, hasher, password):
    register(client, password=password)
    User.objects.update(password=hasher.encode(password, hasher.salt()))


@pytest.mark.parametrize(("typed_first", "typed_later"), FORMS)
def test_a_password_in_another_form_logs_in(client, typed_first, typed_later):
    assert register(client, password=typed_first).status_code == 201

    assert log_in(client, typed_later) == 200


@pytest.mark.parametrize(("typed_first", "typed_later"), FORMS)
def test_a_changed_password_logs_in_in_another_form(client, as_user, typed_first, typed_later):
    user = User.objects.create_user("alice@example.com", typed_first)
    send_password_change(as_user(user), new=typed_first + "!", current=typed_later)

    assert log_in(client, typed_later + "!") == 200


def test_staff_log_in_with_a_password_in_another_form():
    User.objects.create_superuser("root@example.com", COMPOSED)

    form = {"username": "root@example.com", "password": DECOMPOSED}

    assert Client().post("/admin/login/", form).status_code == 302


def test_every_space_is_the_same(client):
    register(client, password="one two three four")

    assert log_in(client, "one\u00a0two\u3000three\u2009four") == 200


def test_every_space_separator_of_unicode_is_a_space():
    spaces = {chr(point) for point in range(0x110000) if unicodedata.category(chr(point)) == "Zs"}

    assert {space for space in spaces if NON_ASCII_SPACES.fullmatch(space)} == spaces - {" "}


@pytest.mark.parametrize(
    ("password", "similar"),
    [
        ("Straße nach Ulm", "Strasse nach Ulm"),
        ("straße nach Ulm", "Straße nach Ulm"),
    ],
)
def test_characters_that_a_user_can_tell_apart_are_different(client, password, similar):
    register(client, password=password)

    assert log_in(client, password) == 200
    assert log_in(client, similar) == 401


@pytest.mark.parametrize(("typed_first", "typed_later"), [*TWINS, *[twins[::-1] for twins in TWINS]])
def test_compatibility_variants_are_the_same_password(client, typed_first, typed_later):
    assert register(client, password=typed_first).status_code == 201

    assert log_in(client, typed_later) == 200


def test_a_hash_of_the_version_that_compared_in_nfc_is_verified_and_replaced(client, stored_in_nfc, subtests):
    for typed in ["the ﬁnest fish", "two squared: 2²", COMPOSED, DECOMPOSED, "plain old words"]:
        with subtests.test(typed=typed):
            stored_in_nfc(typed)

            assert log_in(client, typed) == 200
            assert User.objects.get().password.startswith("bcrypt_sha256_nfkc$")
            assert log_in(client, unicodedata.normalize("NFKC", typed)) == 200


def test_a_hash_of_the_version_that_compared_in_nfc_rejects_another_password(client, stored_in_nfc):
    stored_in_nfc("the ﬁnest fish")

    assert log_in(client, "the finest dish") == 401
    assert User.objects.get().password.startswith("bcrypt_sha256_nfc$")


WEAK = [
    ("ｐａｓｓｗｏｒｄ", "password_too_common"),
    ("𝐩𝐚𝐬𝐬𝐰𝐨𝐫𝐝", "password_too_common"),
    ("１２３４５６７８", "password_too_common"),
    ("ａｌｉｃｅ＠example", "password_too_similar"),
    ("℀℀℀", "password_too_short"),
    ("\ufdfa", "password_too_short"),
    ("ｶﾞｷﾞｸﾞｹﾞ", "password_too_short"),
]


def test_the_rules_for_passwords_know_every_form(client, subtests):
    for password, code in WEAK:
        with subtests.test(password=password, code=code):
            assert ("password", code) in field_errors(register(client, password=password))


def test_a_hash_of_an_earlier_version_is_verified_as_typed_and_replaced(client, stored_before):
    stored_before(DECOMPOSED)

    assert log_in(client, COMPOSED) == 401
    assert log_in(client, DECOMPOSED) == 200
    assert User.objects.get().password.startswith("bcrypt_sha256_nfkc$")
    assert log_in(client, COMPOSED) == 200


def test_a_wrong_password_does_not_replace_a_hash_of_an_earlier_version(client, stored_before):
    stored_before(DECOMPOSED)
    before = User.objects.get().password

    log_in(client, "wrong password")

    assert User.objects.get().password == before


def test_marks_do_not_count_towards_the_minimum_length(client):
    response = register(client, password=unicodedata.normalize("NFD", "éèêëïîö"))

    assert field_errors(response) == [("password", "password_too_short")]


@pytest.mark.parametrize("password", ["a" + "\u0301\u0316" * 30_000, "\ufdfa" * PASSWORD_MAX_LENGTH])
def test_no_password_takes_long_to_normalize(password):
    """The form of the admin accepts 64 KiB."""
    start = time.process_time()

    normalize_password(password)

    assert time.process_time() - start < 0.5


def test_normalizing_twice_changes_nothing():
    for password in (WORDS, DECOMPOSED, "a\u0300\u00a0\u3000b", "x" + "\u0301\u0316" * 60):
        assert normalize_password(normalize_password(password)) == normalize_password(password)

"""Abuse of the open registration of programs (RFC 7591, section 5)."""

import itertools
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.flows.oauth.grant_types import DEVICE_CODE
from accounts.models import Grant, OAuthClient
from accounts.models.redirect_uris import check_redirect_uri
from accounts.tests.programs import CALLBACK, Program, register
from conftest import ELSEWHERE, HERE
from notes.management.purging import purge
from notes_api.config.rate import Rate

# No text of a request contains this character.
NUL = "https://app.example/\x00"


def is_rejected(response, error):
    return (response.status_code, response.json()["error"]) == (400, error)


@pytest.fixture
def _two_an_hour(settings, at_nine):
    settings.THROTTLE_REGISTER = Rate(2, 3600)


@pytest.mark.usefixtures("_two_an_hour")
def test_open_registration_abuse_from_one_address_is_limited(client):
    client.defaults["REMOTE_ADDR"] = HERE
    answers = [register(client) for _ in range(20)]
    client.defaults["REMOTE_ADDR"] = ELSEWHERE

    assert [each.status_code for each in answers[:2]] == [201, 201]
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert OAuthClient.objects.count() < 20
    assert register(client).status_code == 201


DANGEROUS_URIS = [
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    "java\tscript:alert(1)",
    " javascript:alert(1)",
    "javascript://127.0.0.1/%0aalert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:a",
    "blob:https://app.example/a",
    "file:///etc/passwd",
    "view-source:https://app.example/",
    "about:blank",
    "http://app.example/callback",
    "http://127.0.0.1.evil.example/",
    "http://192.168.0.1/callback",
    "https://app.example/callback#fragment",
    "https://user:password@app.example/callback",
    "https://user@app.example/callback",
    "HTTPS://app.example/callback",
    "https://App.example/callback",
    "https://app.example:0/callback",
    "https://app.example/call back",
    "https://app.example/\r\nSet-Cookie: a=b",
    NUL,
    "https://app.example:99999/",
    "https://*.app.example/callback",
    "https://аpp.example/callback",
    "https:///callback",
    "https://",
    "callback",
    "//app.example/callback",
    "",
    None,
    5,
    ["https://app.example/callback"],
    {"uri": "https://app.example/callback"},
    "https://app.example/" + "a" * 10_000,
]


def test_open_registration_abuse_with_a_dangerous_redirect_uri_is_refused(client, subtests):
    for uri in DANGEROUS_URIS:
        with subtests.test(uri=uri):
            response = register(client, redirect_uris=[CALLBACK, uri])

            # The parser of JSON refuses some characters first.
            assert is_rejected(response, "invalid_request" if uri == NUL else "invalid_redirect_uri")
            assert OAuthClient.objects.count() == 0


WRONG_LISTS = [[], None, CALLBACK, {}, 5, [f"https://app.example/{n}" for n in range(11)]]


def test_open_registration_abuse_with_no_or_too_many_redirect_uris_is_refused(client, subtests):
    for uris in WRONG_LISTS:
        with subtests.test(uris=uris):
            assert is_rejected(register(client, redirect_uris=uris), "invalid_redirect_uri")


DECEPTIVE_NAMES = [
    ("Notes\u202egnp.exe", "Notes gnp.exe"),  # right to left
    ("Notes\u2066\u200f\u061c", "Notes"),
    ("No\u200btes\ufeff", "No tes"),  # invisible
    ("Notes\r\nBcc: bob@example.com\x1b[2J", "Notes Bcc: bob@example.com [2J"),  # control
    ("\x7f\x85", "127.0.0.1:4711"),
    ("\u3164\uffa0\u2800\u115f", "127.0.0.1:4711"),  # blank
    ("\U000e0041\U000e0042", "127.0.0.1:4711"),  # tags
    ("   ", "127.0.0.1:4711"),
    ("a" * 5000, "a" * 100),
]


WRONG_MEMBERS = [
    {"grant_types": [DEVICE_CODE, 5]},
    {"grant_types": [DEVICE_CODE], "response_types": 5},
    {"grant_types": [DEVICE_CODE], "response_types": [None]},
    {"grant_types": [DEVICE_CODE], "scope": ["notes:read"]},
]


def test_a_registration_of_a_device_with_members_of_another_type_is_refused(client, subtests):
    for members in WRONG_MEMBERS:
        with subtests.test(members=members):
            response = client.post("/register", members, format="json")

            assert is_rejected(response, "invalid_client_metadata")


def test_open_registration_abuse_with_too_many_grant_types_is_refused(client):
    grants = ["authorization_code"] * 11

    assert is_rejected(register(client, grant_types=grants), "invalid_client_metadata")
    assert register(client, grant_types=grants[:10], scope="").status_code == 201


def test_open_registration_abuse_with_a_deceptive_name_is_cleaned(client, subtests):
    for name, shown in DECEPTIVE_NAMES:
        with subtests.test(name=name, shown=shown):
            assert register(client, client_name=name).json()["client_name"] == shown


def test_open_registration_abuse_with_a_text_of_another_type_is_refused(client, subtests):
    for member, value in itertools.product(["client_name", "scope"], [5, ["Notes"], {"name": "Notes"}, {}, True]):
        with subtests.test(member=member, value=value):
            assert is_rejected(register(client, **{member: value}), "invalid_client_metadata")
            assert OAuthClient.objects.count() == 0


def test_open_registration_abuse_with_a_list_of_another_type_is_refused(client, subtests):
    values = [5, "authorization_code", {}, True, [None], ["authorization_code", "code", 5]]
    for member, value in itertools.product(["grant_types", "response_types"], values):
        with subtests.test(member=member, value=value):
            assert is_rejected(register(client, **{member: value}), "invalid_client_metadata")
            assert OAuthClient.objects.count() == 0


@pytest.mark.parametrize("grants", [None, [DEVICE_CODE]])
def test_null_in_a_registration_is_as_if_the_member_was_absent(client, grants):
    uris = [CALLBACK] if grants is None else None
    metadata = {"redirect_uris": uris, "grant_types": grants, "response_types": None, "scope": None}

    response = client.post("/register", {**metadata, "client_name": None}, format="json")

    present = {name: value for name, value in metadata.items() if value is not None}
    absent = client.post("/register", present, format="json")
    described, expected = response.json(), absent.json()
    assert (response.status_code, described.pop("client_id") != expected.pop("client_id")) == (201, True)
    assert described.items() >= {**expected, "client_id_issued_at": described["client_id_issued_at"]}.items()


def test_open_registration_abuse_with_a_giant_body_is_refused(stranger):
    body = {"redirect_uris": [CALLBACK], "client_uri": "a" * 100_000}

    assert stranger.post("/register", json=body).status_code == 413


def test_open_registration_abuse_with_large_values_is_refused(client):
    assert register(client, redirect_uris=[f"https://app.example/{n}" for n in range(5_000)]).status_code in (400, 413)
    nested = client.post("/register", '{"redirect_uris": ' + "[" * 5_000, content_type="application/json")
    assert nested.status_code == 400
    assert OAuthClient.objects.count() == 0


OTHER_BODIES = ["", "[]", "null", '"a"', "5", "{", "{}"]


def test_open_registration_abuse_with_another_body_is_refused(client, subtests):
    for body in OTHER_BODIES:
        with subtests.test(body=body):
            assert client.post("/register", body, content_type="application/json").status_code == 400


def test_a_program_cannot_choose_its_id_or_get_a_secret(client):
    chosen = {"client_id": "admin", "client_secret": "a", "token_endpoint_auth_method": "client_secret_basic"}
    registered = register(client, **chosen).json()

    assert registered["client_id"] != "admin"
    assert registered["token_endpoint_auth_method"] == "none"
    assert "client_secret" not in registered


def test_thousands_of_unused_registrations_are_deleted(client, alice):
    used = Program(client)
    used.connect()
    day_before = timezone.now() - timedelta(days=2)
    rows = [
        OAuthClient(identifier=str(n), name="a", redirect_uris=[CALLBACK], created_at=day_before) for n in range(3000)
    ]
    OAuthClient.objects.bulk_create(rows)
    fresh = register(client).json()["client_id"]

    purge(lambda *parts: None)

    assert set(OAuthClient.objects.values_list("identifier", flat=True)) == {used.client_id, fresh}
    assert Grant.objects.count() == 1


def test_a_closed_server_registers_no_programs(client, settings):
    settings.OAUTH = "closed"

    assert register(client).status_code == 403


@pytest.mark.django_db
@pytest.mark.parametrize("uri", [f"https://{'a' * 60}.{'b' * 60}.example/", f"{'a' * 200}.example:/callback"])
def test_a_program_without_a_name_is_named_by_a_part_of_a_long_address(client, uri):
    response = register(client, redirect_uris=[uri], client_name="")

    assert (response.status_code, len(response.json()["client_name"])) == (201, 100)


@pytest.mark.parametrize("host", ["a" * 64, f"{'a' * 63}." * 4 + "example"])
def test_a_host_has_the_length_that_names_can_have(host):
    assert check_redirect_uri(f"https://{host}/callback") is not None

"""Hostile forms, for the endpoints and the pages that take forms."""

import pytest

from accounts.tests.link_pages import RESET
from notes_api.tests.bad_inputs import CHARSETS, is_client_problem
from notes_api.tests.live_server import connected

FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def stranger(product):
    with connected(product) as client:
        yield client


def post(client, kind, body, path="/login", **headers):
    return client.post(path, content=body, headers={"Content-Type": kind.encode("latin-1"), **headers})


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded", b"username=%E4&password=%E4"),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="username"\r\n\r\n\xe4\r\n--x--\r\n',
        ),
    ],
)
def test_a_form_in_an_unusual_charset_is_refused(stranger, kind, body):
    responses = {charset: post(stranger, f"{kind}; charset={charset}", body) for charset in CHARSETS}

    assert [charset for charset, response in responses.items() if not is_client_problem(response)] == []


FORMS = {
    "NUL": b"username=a%00&password=b",
    "not UTF-8": b"username=%ff&password=%ff",
    "bare bytes": b"username=\xff\x00&password=\xfe",
    "2,000 fields": b"&".join(b"a%d=1" % number for number in range(2000)),
    "10,000 separators": b"&" * 10_000,
    "no fields": b"%%%",
    "only percent": b"username=%&password=%zz",
    "a field twice": b"username=a&username=b&password=c&password=d",
    "brackets": b"username[]=a&password[$ne]=b",
    "a long field": b"username=" + b"a" * 60_000 + b"&password=" + b"b" * 200,
    "half a surrogate pair": b"username=%ed%a0%80&password=%ed%a0%80",
    "nothing": b"",
}


def test_the_log_in_refuses_a_hostile_form(stranger):
    assert [name for name, form in FORMS.items() if not is_client_problem(post(stranger, FORM, form))] == []


@pytest.mark.parametrize("form", [b"refresh_token=a%00", b"refresh_token=%ff", b"refresh_token=a&refresh_token=b", b""])
def test_the_refresh_refuses_a_hostile_form(stranger, form):
    assert is_client_problem(post(stranger, FORM, form, "/login/refresh"))


def test_a_page_refuses_a_hostile_form(stranger):
    # The form of the log-in has a user name where that of the page has a token.
    forms = {
        name: form.replace(b"username", b"token").replace(b"password", b"new_password") for name, form in FORMS.items()
    }

    responses = {name: post(stranger, FORM, form, RESET, Accept="text/html") for name, form in forms.items()}

    assert [name for name, response in responses.items() if response.status_code != 400] == []
    assert {response.headers["Content-Type"] for response in responses.values()} == {"text/html; charset=utf-8"}


def test_a_page_refuses_a_form_in_an_unusual_charset(stranger):
    accept = {charset: f"text/html; q=nan; charset={charset}; a*=rot13''x".encode("latin-1") for charset in CHARSETS}

    posted = {
        charset: post(stranger, f"{FORM}; charset={charset}", b"token=%E4", "/email/verify", Accept=accept[charset])
        for charset in CHARSETS
    }
    opened = {
        charset: stranger.get("/email/verify?token=%E4", headers={"Accept": accept[charset]}) for charset in CHARSETS
    }

    assert [charset for charset, response in posted.items() if not 400 <= response.status_code < 500] == []
    assert [charset for charset, response in opened.items() if response.status_code != 400] == []


def part(name, value, *headers):
    disposition = b'Content-Disposition: form-data; name="%s"' % name
    return b"--x\r\n" + b"\r\n".join([disposition, *headers]) + b"\r\n\r\n" + value + b"\r\n"


NAMED = b'username"; filename="a.txt'
MULTIPARTS = {
    "a file as the name": part(NAMED, b"text") + part(b"password", b"x") + b"--x--\r\n",
    "a file as the password": part(b"username", b"a") + part(NAMED.replace(b"username", b"password"), b"x") + b"--x--",
    "2,000 files": b"".join(part(b'f%d"; filename="%d' % (n, n), b"") for n in range(500)) + b"--x--\r\n",
    "a file name that climbs": part(b'username"; filename="../../../etc/passwd', b"x") + b"--x--\r\n",
    "a file name with NUL": part(b'username"; filename="a\x00b', b"x") + b"--x--\r\n",
    "no end": part(b"username", b"a"),
    "no boundary in it": b"nothing",
    "broken base64": part(b"username", b"!!!!!", b"Content-Transfer-Encoding: base64") + b"--x--\r\n",
    "another encoding": part(b"username", b"a", b"Content-Transfer-Encoding: uuencode") + b"--x--\r\n",
    "not UTF-8": part(b"username", b"\xff") + part(b"\xff", b"\xff") + b"--x--\r\n",
    "NUL": part(b"username", b"a\x00") + part(b"password", b"\x00") + b"--x--\r\n",
    "endless headers": part(b"username", b"a", *[b"X-Filler: %d" % n for n in range(3000)]) + b"--x--\r\n",
    "2,000 fields": b"".join(part(b"f", b"") for _ in range(1100)) + b"--x--\r\n",
    "a charset in a part": part(b"username", b"a", b"Content-Type: text/plain; charset=rot13") + b"--x--\r\n",
    "an encoded name": b"--x\r\nContent-Disposition: form-data; name*=rot13''a%ff\r\n\r\na\r\n--x--\r\n",
    "nothing": b"",
}


def test_the_log_in_refuses_a_hostile_multipart_form(stranger):
    responses = {name: post(stranger, "multipart/form-data; boundary=x", form) for name, form in MULTIPARTS.items()}

    assert [name for name, response in responses.items() if not is_client_problem(response)] == []


def test_a_multipart_form_without_a_usable_boundary_is_refused(stranger, subtests):
    for boundary in ["charset=utf-8", "boundary=", 'boundary="', "boundary=\xff", "boundary=" + "x" * 5000]:
        with subtests.test(boundary=boundary):
            assert is_client_problem(post(stranger, f"multipart/form-data; {boundary}", b"--x\r\n\r\n--x--"))

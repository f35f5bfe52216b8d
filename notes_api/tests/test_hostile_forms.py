"""Hostile forms, for the endpoints and the pages that take forms."""

import pytest

from notes_api.tests.bad_inputs import CHARSETS, is_client_problem
from notes_api.tests.live_server import connected

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def stranger(product):
    with connected(product) as client:
        yield client


@pytest.mark.parametrize("charset", CHARSETS)
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_a_form_in_an_unusual_charset_is_refused(stranger, kind, charset):
    header = f"{kind}; charset={charset}".encode("latin-1")
    body = b"username=%E4&password=%E4"
    if "boundary" in kind:
        body = b'--x\r\nContent-Disposition: form-data; name="username"\r\n\r\n\xe4\r\n--x--\r\n'

    assert is_client_problem(stranger.post("/login", content=body, headers={"Content-Type": header}))


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


@pytest.mark.parametrize("form", FORMS)
def test_the_log_in_refuses_a_hostile_form(stranger, form):
    assert is_client_problem(stranger.post("/login", content=FORMS[form], headers=FORM))


@pytest.mark.parametrize("form", [b"refresh_token=a%00", b"refresh_token=%ff", b"refresh_token=a&refresh_token=b", b""])
def test_the_refresh_refuses_a_hostile_form(stranger, form):
    assert is_client_problem(stranger.post("/login/refresh", content=form, headers=FORM))


@pytest.mark.parametrize("form", FORMS)
def test_a_page_refuses_a_hostile_form(stranger, form):
    # The form of the log-in has a user name where that of the page has a token.
    content = FORMS[form].replace(b"username", b"token").replace(b"password", b"new_password")

    response = stranger.post("/password/reset/confirm", content=content, headers={**FORM, "Accept": "text/html"})

    assert (response.status_code, response.headers["Content-Type"]) == (400, "text/html; charset=utf-8")


@pytest.mark.parametrize("charset", CHARSETS)
def test_a_page_refuses_a_form_in_an_unusual_charset(stranger, charset):
    header = f"application/x-www-form-urlencoded; charset={charset}".encode("latin-1")
    accept = f"text/html; q=nan; charset={charset}; a*=rot13''x".encode("latin-1")

    response = stranger.post("/email/verify", content=b"token=%E4", headers={"Content-Type": header, "Accept": accept})

    assert 400 <= response.status_code < 500
    assert stranger.get("/email/verify?token=%E4", headers={"Accept": accept}).status_code == 400


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


@pytest.mark.parametrize("form", MULTIPARTS)
def test_the_log_in_refuses_a_hostile_multipart_form(stranger, form):
    response = stranger.post(
        "/login", content=MULTIPARTS[form], headers={"Content-Type": "multipart/form-data; boundary=x"}
    )

    assert is_client_problem(response), response.text


@pytest.mark.parametrize(
    "boundary", ["charset=utf-8", "boundary=", 'boundary="', "boundary=\xff", "boundary=" + "x" * 5000]
)
def test_a_multipart_form_without_a_usable_boundary_is_refused(stranger, boundary):
    header = f"multipart/form-data; {boundary}".encode("latin-1")

    assert is_client_problem(stranger.post("/login", content=b"--x\r\n\r\n--x--", headers={"Content-Type": header}))

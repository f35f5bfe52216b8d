"""PUBLIC_BASE_URL: the address at which clients reach the server."""

from notes_api.tests.environment import error_message, variables

ADDRESSES = [
    ("http://nötizen.example", "http://xn--ntizen-wxa.example", "xn--ntizen-wxa.example"),
    ("https://NO\u0308TIZEN.Example:8443/", "https://xn--ntizen-wxa.example:8443", "xn--ntizen-wxa.example"),
    ("https://straße.example", "https://xn--strae-oqa.example", "xn--strae-oqa.example"),
    ("https://例え.テスト", "https://xn--r8jz45g.xn--zckzah", "xn--r8jz45g.xn--zckzah"),
    ("http://notes.example.org.", "http://notes.example.org", "notes.example.org"),
    ("http://notes.example.org.:8000/", "http://notes.example.org:8000", "notes.example.org"),
    ("https://notes.example.org:443", "https://notes.example.org", "notes.example.org"),
    ("HTTP://nas:80", "http://nas", "nas"),
    ("http://my_nas.lan:8000", "http://my_nas.lan:8000", "my_nas.lan"),
    ("http://[2001:DB8:0::1]", "http://[2001:db8::1]", "[2001:db8::1]"),
    ("https://example.org/notes/", "https://example.org/notes", "example.org"),
    ("https://example.org/~a/My.Notes_2", "https://example.org/~a/My.Notes_2", "example.org"),
]


def read(value):
    url = variables(NAME=value).base_url("NAME", "http://localhost")
    return str(url), url.host


def test_a_base_url_is_written_as_clients_send_it():
    assert [(value, *read(value)) for value, _, _ in ADDRESSES] == ADDRESSES


def test_a_base_url_is_a_scheme_and_a_host():
    url = variables(NAME="https://Notes.example.org:8443/").base_url("NAME", "http://localhost")

    assert (str(url), url.host, url.is_https) == ("https://notes.example.org:8443", "notes.example.org", True)


def test_a_base_url_may_be_an_ipv6_address():
    assert variables(NAME="http://[::1]:8000").base_url("NAME", "http://localhost").host == "[::1]"


INVALID = [
    "notes.example.org",
    "ftp://a",
    "https://",
    "https://a?q",
    "https://a#",
    "https://a?",
    "https://u@a",
    "https://@a",
    "http://a:port",
    "http://a:0",
    "http://a:99999",
    "https://a b.example",
    " https://a",
    "https://a ",
    "https://a\t.example",
    "https://a\u00a0b",
    "https://na\u017f",
    "https://a\u3002example",
    "https://a..example",
    "https://-a",
    "https://[1.2.3.4]",
    "https://a/b c",
    "https://a//b",
    "https://a/../b",
    "https://a/.",
    "https://a/%41",
    "https://a/ä",
    "https://a\\b",
]


def test_an_invalid_base_url_is_refused_by_name():
    messages = {
        value: error_message(lambda value=value: variables(NAME=value).base_url("NAME", "http://a"))
        for value in INVALID
    }

    assert [value for value, message in messages.items() if not message.startswith("NAME must be an http://")] == []

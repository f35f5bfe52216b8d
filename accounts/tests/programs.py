"""Programs that use the authorisation server, and the pages on which users allow them something."""

import base64
import re
import secrets
from copy import copy
from hashlib import sha256
from html import unescape
from urllib.parse import parse_qsl, urlencode, urlsplit

from accounts.tests.link_pages import BROWSER, FORM, heading
from conftest import PASSWORD

CALLBACK = "http://127.0.0.1:4711/callback"
ISSUER = "http://testserver"


def make_challenge(verifier):
    return base64.urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def query_of(address):
    return dict(parse_qsl(urlsplit(address).query))


def hidden_form(response):
    return unescape(re.search(r'name="form" value="([^"]*)"', response.content.decode())[1])


def error_of(response):
    found = re.search(r'id="error" role="alert">(.*?)</p>', response.content.decode())
    return unescape(found[1]) if found else None


def hrefs_of(response):
    """Return the addresses of the links on a page."""
    return [unescape(each) for each in re.findall(r'<a [^>]*href="([^"]*)"', response.content.decode())]


def register(client, **metadata):
    """Register a program and return the response."""
    return client.post(
        "/register", {"client_name": "Assistant", "redirect_uris": [CALLBACK], **metadata}, format="json"
    )


class Program:
    """A registered program, and the browser in which a user answers it."""

    def __init__(self, client, browser=None, **metadata):
        self.client = client
        self.browser = browser or type(client)()
        self.registered = register(client, **metadata).json()
        self.client_id = self.registered["client_id"]
        self.redirect_uri = next(iter(self.registered["redirect_uris"]), None)
        self.verifier = secrets.token_urlsafe(48)

    def parameters(self, **changed):
        parameters = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": "notes:read notes:write",
            "state": "af0ifjsldkj",
            "code_challenge": make_challenge(self.verifier),
            "code_challenge_method": "S256",
            **changed,
        }
        return {name: value for name, value in parameters.items() if value is not None}

    def open(self, **changed):
        """Open the page of the authorisation server."""
        query = urlencode(self.parameters(**changed), doseq=True)
        return self.browser.get(f"/authorize?{query}", headers=BROWSER)

    def submit(self, page, path="/authorize", headers=None, **members):
        """Submit the form of a page."""
        return self.post(path, headers, form=hidden_form(page), **members)

    def post(self, path, headers=None, **members):
        """Submit these members from the browser."""
        body = urlencode(members, doseq=True)
        return self.browser.post(path, body, content_type=FORM, headers={**BROWSER, **(headers or {})})

    def in_thread(self):
        """Return the same program with a connection of its own."""
        other = copy(self)
        other.client = type(self.client)()
        return other

    def log_in(self, page, email="alice@example.com", password=PASSWORD, **members):
        return self.submit(page, "/authorize/login", email=email, password=password, **members)

    def ask(self, **changed):
        """Log in, and return the page with the question."""
        page = self.log_in(self.open(**changed))
        assert heading(page).startswith("Allow"), (page.status_code, error_of(page))
        return page

    def answer(self, page, decision="allow", scope=("notes:read", "notes:write"), tags=""):
        return self.submit(page, decision=decision, scope=scope, tags=tags)

    def get_code(self, scope=("notes:read", "notes:write"), tags="", **changed):
        answer = self.answer(self.ask(**changed), scope=scope, tags=tags)
        assert answer.status_code == 303, answer.content
        return query_of(answer.headers["Location"])["code"]

    def token(self, **members):
        """Send a request to the token endpoint."""
        body = urlencode({"client_id": self.client_id, **members}, doseq=True)
        return self.client.post("/token", body, content_type=FORM)

    def exchange(self, code, **changed):
        members = {"code": code, "redirect_uri": self.redirect_uri, "code_verifier": self.verifier, **changed}
        members = {name: value for name, value in members.items() if value is not None}
        return self.token(grant_type="authorization_code", **members)

    def connect(self, **changed):
        """Go through everything, and return the tokens."""
        response = self.exchange(self.get_code(**changed))
        assert response.status_code == 200, response.json()
        return response.json()

    def refresh(self, refresh_token, **members):
        return self.token(grant_type="refresh_token", refresh_token=refresh_token, **members)

    def call(self, tokens, path="/notes", method="get", **options):
        headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        return getattr(self.client, method)(path, headers=headers, **options)

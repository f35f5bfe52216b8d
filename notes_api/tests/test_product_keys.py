"""Replacing SECRET_KEY on a running server, step by step as the operators' guide says."""

import re
import subprocess
import sys

import httpx
import pytest

from accounts.tests.authenticator_app import shown_by_app
from notes_api.tests.edge.server import ROOT, ServerGone, get
from notes_api.tests.live_server import PASSWORD, connected, environment, log_in, logged_in, scratch_database, serving

NEW_KEY = "Zq8-uW3nLx5_tKd0RmVb7YcPf2Hs6JgAe9oTi4Bz"
USERS = "/admin/accounts/user/"


@pytest.fixture
def database(template):
    with scratch_database(template) as database:
        yield database


def manage(database, *arguments, given="", **variables):
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment(database, **variables), input=given, text=True,
                          check=True, capture_output=True).stdout  # fmt: skip


def open_admin(server, email):
    """Log a browser in to the admin; return its cookies."""
    with connected(server) as browser:
        page = browser.get("/admin/login/").text
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
        form = {"username": email, "password": PASSWORD, "csrfmiddlewaretoken": token}
        assert browser.post("/admin/login/", data=form, params={"next": USERS}).status_code == 302
        return dict(browser.cookies)


def enrol(client):
    """Enable the second factor; return the next codes."""
    secret = client.post("/users/me/otp", json={"password": PASSWORD}).json()["secret"]
    codes = shown_by_app(secret)
    client.post("/users/me/otp/confirm", json={"otp": next(codes)}).raise_for_status()
    return codes


class Visit:
    """What an account holds from the time of the old key."""

    def __init__(self, server, database):
        with logged_in(server) as client:
            client.post("/notes", json={"title": "Milk"}).raise_for_status()
            client.post("/notes", json={"title": "Bread"}).raise_for_status()
            self.access = client.tokens["access_token"]
            self.refresh = log_in(client, client.email).json()["refresh_token"]
            self.since = client.get("/changes").json()["next"]
            self.page = httpx.URL(client.get("/notes", params={"limit": 1}).json()["next"]).params["cursor"]
            self.email, self.codes = client.email, enrol(client)
        manage(database, "createuser", "root@example.com", "--staff", "--password-stdin", given=PASSWORD)
        self.prompt_browser, self.late_browser = (open_admin(server, "root@example.com") for _ in range(2))

    def answers(self, server, token=None):
        """Return the responses to the access token, the refresh token and both cursors."""
        with connected(server) as client:
            client.headers["Authorization"] = f"Bearer {self.access}"
            statuses = [client.get("/users/me").status_code]
            statuses += [client.post("/login/refresh", json={"refresh_token": self.refresh}).status_code]
            client.headers["Authorization"] = f"Bearer {token or self.access}"
            statuses += [client.get("/changes", params={"since": self.since}).status_code]
            return [*statuses, client.get("/notes", params={"limit": 1, "cursor": self.page}).status_code]

    def log_in(self, server):
        with connected(server) as client:
            form = {"username": self.email, "password": PASSWORD, "otp": next(self.codes)}
            return client.post("/login", data=form).json()["access_token"]


def admin(server, cookies):
    """Return the status for a browser with these cookies; it keeps the cookies it gets."""
    response = get(f"{server.url}{USERS}", cookies=cookies, timeout=60)
    cookies.update(response.cookies)
    return response.status_code


def test_replacing_the_key_logs_nobody_out_while_the_old_one_is_a_fallback(database):
    old = environment(database)["SECRET_KEY"]
    with serving(database) as server:
        visit = Visit(server, database)

    with serving(database, SECRET_KEY=NEW_KEY, SECRET_KEY_FALLBACKS=old) as server:
        assert visit.answers(server) == [200, 200, 200, 200]
        assert admin(server, visit.prompt_browser) == 200
    encrypted_again = manage(database, "purge", SECRET_KEY=NEW_KEY, SECRET_KEY_FALLBACKS=old)
    assert "       1 second factors encrypted again" in encrypted_again.splitlines()

    with serving(database, SECRET_KEY=NEW_KEY) as server:
        assert visit.answers(server, visit.log_in(server)) == [401, 401, 410, 400]
        assert admin(server, visit.late_browser) == 302
        assert admin(server, visit.prompt_browser) == 200


def test_a_weak_earlier_key_stops_the_start(database):
    reason = "SECRET_KEY_FALLBACKS has a key that is shorter than 32 bytes"
    with pytest.raises(ServerGone, match=reason), serving(database, SECRET_KEY_FALLBACKS="weak"):
        pass

"""SECRET_KEY is replaced on a server that runs, step by step as the guide for operators says."""

import re
import subprocess
import sys

import httpx
import pytest

from accounts.tests.authenticator import shown_by_app
from notes_api.tests.edge.server import ROOT, ServerGone
from notes_api.tests.serving import PASSWORD, connected, environment, log_in, logged_in, scratch_database, serving

NEW_KEY = "Zq8-uW3nLx5_tKd0RmVb7YcPf2Hs6JgAe9oTi4Bz"
USERS = "/admin/accounts/user/"


@pytest.fixture
def database():
    with scratch_database() as database:
        yield database


def manage(database, *arguments, given="", **variables):
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment(database, **variables), input=given, text=True,
                          check=True, capture_output=True).stdout  # fmt: skip


def open_admin(server, email):
    """The cookies of a browser that has logged in."""
    with connected(server) as browser:
        page = browser.get("/admin/login/").text
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
        form = {"username": email, "password": PASSWORD, "csrfmiddlewaretoken": token}
        assert browser.post("/admin/login/", data=form, params={"next": USERS}).status_code == 302
        return dict(browser.cookies)


def enrol(client):
    """Switch codes on; the codes that come next."""
    secret = client.post("/users/me/otp", json={"password": PASSWORD}).json()["secret"]
    codes = shown_by_app(secret)
    client.post("/users/me/otp/confirm", json={"otp": next(codes)}).raise_for_status()
    return codes


class Visit:
    """What somebody holds from the time of the old key."""

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
        """To the access token, to the refresh token, to both cursors."""
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
    """What a browser with these cookies is answered; it keeps those that it is given."""
    response = httpx.get(f"{server.url}{USERS}", cookies=cookies, timeout=60)
    cookies.update(response.cookies)
    return response.status_code


def test_nobody_notices_that_the_key_was_replaced_until_the_old_one_is_forgotten(database):
    old = environment(database)["SECRET_KEY"]
    with serving(database) as server:
        visit = Visit(server, database)

    with serving(database, SECRET_KEY=NEW_KEY, SECRET_KEY_FALLBACKS=old) as server:
        assert visit.answers(server) == [200, 200, 200, 200]
        assert admin(server, visit.prompt_browser) == 200
    sealed_anew = manage(database, "purge", SECRET_KEY=NEW_KEY, SECRET_KEY_FALLBACKS=old)
    assert "       1 second factors sealed anew" in sealed_anew.splitlines()

    with serving(database, SECRET_KEY=NEW_KEY) as server:
        assert visit.answers(server, visit.log_in(server)) == [401, 401, 410, 400]
        assert admin(server, visit.late_browser) == 302
        assert admin(server, visit.prompt_browser) == 200


def test_a_weak_earlier_key_stops_the_start(database):
    reason = "SECRET_KEY_FALLBACKS has a key that is shorter than 32 bytes"
    with pytest.raises(ServerGone, match=reason), serving(database, SECRET_KEY_FALLBACKS="weak"):
        pass

"""The pages that links in mails lead to."""

import re
from html import unescape

from conftest import NEW_PASSWORD

RESET, VERIFY = "/password/reset/confirm", "/email/verify"
PATHS = [RESET, VERIFY]
# What Chromium sends.
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"}
FORM = "application/x-www-form-urlencoded"


def open_link(client, path, token):
    return client.get(path, {"token": token}, headers=BROWSER)


def submit_form(client, path, **members):
    """Submit the form of the page."""
    body = "&".join(f"{name}={value}" for name, value in members.items())
    return client.post(path, body, content_type=FORM, headers=BROWSER)


def heading(response):
    return unescape(re.search(r"<h1>(.*?)</h1>", response.content.decode())[1])


def password_for(path):
    return {"new_password": NEW_PASSWORD} if path == RESET else {}

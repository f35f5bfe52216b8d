"""Follows the pages of an authorization server as a person does, without scripts: reads the forms and sends them.

As a program, `python -m notes_api.tests.agents.consent URL`, it stands in for the browser that clients open, with the
account and the decision in the environment.
"""

import os
import sys
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin

import httpx

LIMIT = 8  # pages and redirects


class Form(HTMLParser):
    """The last form of a page that is sent with POST; `action` is None without one."""

    def __init__(self, page):
        super().__init__()
        self.action = None
        self.fields = []
        self.buttons = []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if tag == "form" and values.get("method") == "post":
            self.action = values["action"]
        elif tag == "input" and "name" in values and (values["type"] != "checkbox" or "checked" in values):
            self.fields.append((values["name"], values.get("value") or ""))
        elif tag == "button" and "name" in values:
            self.buttons.append((values["name"], values["value"]))


class Person:
    """Somebody in front of a browser, who logs in and decides."""

    def __init__(self, email, password, decision="allow"):
        self.typed = {"email": email, "password": password}
        self.decision = ("decision", decision)
        self.browser = httpx.Client(timeout=60, verify=False)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.browser.close()

    def visit(self, url):
        """Open the page that a client asks for, and return the address at which the server answers the client."""
        response = self.browser.get(url)
        for _ in range(LIMIT):
            if response.has_redirect_location:
                return response.headers["Location"]
            response = self.submit(response)
        raise AssertionError(f"The pages do not end: {response.url}")

    def answer_device(self, url):
        """Answer the page with the code of a device, and return the last page."""
        response = self.browser.get(url)
        while Form(response.text).action is not None:
            response = self.submit(response)
        return response.text

    def submit(self, page):
        """Fill in the form of the page and send it with the button that was clicked, as browsers do."""
        assert page.status_code == 200, page.text
        form = Form(page.text)
        assert self.decision in form.buttons, page.text
        fields = [(name, self.typed.get(name, value)) for name, value in form.fields]
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": f"{page.url.scheme}://{page.url.netloc.decode()}",
            "Sec-Fetch-Site": "same-origin",
        }
        body = urlencode([*fields, self.decision])
        return self.browser.post(urljoin(str(page.url), form.action), content=body, headers=headers)


if __name__ == "__main__":
    values = (os.environ[f"CONSENT_{name}"] for name in ("EMAIL", "PASSWORD", "DECISION"))
    with Person(*values) as person:
        # The client waits for this request on a port of its own.
        person.browser.get(person.visit(sys.argv[1]))

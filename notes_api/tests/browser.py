"""Chromium, driven over the WebDriver protocol (W3C) of chromedriver."""

import base64
import json
import os
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

import httpx

from notes_api.tests import processes
from notes_api.tests.edge.server import eventually, free_port

# The directory for screenshots; none are kept if it is unset.
SCREENSHOTS = os.environ.get("SCREENSHOTS")
# The name of an element's id in the protocol.
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
OPTIONS = ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1280,1600", "--disable-gpu"]
OPTIONS += ["--disable-background-networking", "--disable-component-update", "--no-first-run"]


def what_is_missing():
    """Return why no browser can be started here; empty if one can."""
    missing = [name for name in ("chromium", "chromedriver") if not shutil.which(name)]
    return f"not installed here: {', '.join(missing)}" if missing else ""


class Browser:
    def __init__(self, driver):
        self.driver = driver
        wanted = {
            "goog:chromeOptions": {"binary": shutil.which("chromium"), "args": OPTIONS},
            "timeouts": {"script": 300_000},
            "goog:loggingPrefs": {"performance": "ALL", "browser": "ALL"},
        }
        self.session = ""
        self.session = self.send("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})["sessionId"]

    def send(self, method, path, body=None):
        prefix = f"/session/{self.session}" if self.session else ""
        answer = self.driver.request(method, prefix + path, json=body).json()["value"]
        if isinstance(answer, dict) and "error" in answer:
            raise LookupError(answer["message"])
        return answer

    def open(self, address):
        self.send("POST", "/url", {"url": address})

    @contextmanager
    def in_popup(self):
        """Use the window that the page has opened, in this context; it closes itself."""
        page = self.send("GET", "/window")
        handles = eventually(lambda: [each for each in self.send("GET", "/window/handles") if each != page], 30)
        self.send("POST", "/window", {"handle": handles[0]})
        try:
            yield
        finally:
            self.send("POST", "/window", {"handle": page})

    def find(self, selector):
        """Return the element; wait until it exists."""
        found = eventually(lambda: self.send("POST", "/elements", {"using": "css selector", "value": selector}), 30)
        return found[0][ELEMENT]

    def click(self, selector):
        element = self.find(selector)
        self.script("arguments[0].scrollIntoView({block: 'center'})", {ELEMENT: element})
        self.send("POST", f"/element/{element}/click", {})

    def write(self, selector, text):
        element = self.find(selector)
        self.send("POST", f"/element/{element}/clear", {})
        self.send("POST", f"/element/{element}/value", {"text": text})

    def text(self, selector):
        try:
            return self.send("GET", f"/element/{self.find(selector)}/text")
        except LookupError:
            # Another page has replaced the one on which it was found.
            return self.send("GET", f"/element/{self.find(selector)}/text")

    def script(self, source, *arguments):
        return self.send("POST", "/execute/sync", {"script": source, "args": list(arguments)})

    def script_async(self, source, *arguments):
        """Run a script that ends with a call of its last argument, and return what it passes on."""
        return self.send("POST", "/execute/async", {"script": source, "args": list(arguments)})

    @contextmanager
    def on_a_phone(self):
        """Use a small screen in this context."""
        screen = {"width": 360, "height": 780, "deviceScaleFactor": 2, "mobile": True}
        self.command("Emulation.setDeviceMetricsOverride", screen)
        try:
            yield
        finally:
            self.command("Emulation.clearDeviceMetricsOverride", {})

    @contextmanager
    def in_colours(self, scheme):
        """The system prefers light or dark colours in this context."""
        self.command("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
        try:
            yield
        finally:
            self.command("Emulation.setEmulatedMedia", {"features": []})

    def command(self, name, parameters):
        """Send a command of Chromium's DevTools protocol."""
        return self.send("POST", "/goog/cdp/execute", {"cmd": name, "params": parameters})

    def screenshot(self, path):
        Path(path).write_bytes(base64.b64decode(self.send("GET", "/screenshot")))

    def complaints(self):
        """Return the errors that the browser reported: blocked by policy, not found, thrown."""
        entries = self.send("POST", "/se/log", {"type": "browser"})
        return [entry["message"] for entry in entries if entry["level"] == "SEVERE"]

    def events(self):
        """Return the events of the network since the last call."""
        entries = self.send("POST", "/se/log", {"type": "performance"})
        return [json.loads(entry["message"])["message"] for entry in entries]

    def requested(self):
        """Return the addresses requested since the last call, without those that a page's policy blocked."""
        events = self.events()
        sent = {
            event["params"]["requestId"]: event["params"]["request"]["url"]
            for event in events
            if event["method"] == "Network.requestWillBeSent"
        }
        blocked = {event["params"]["requestId"] for event in events if event["params"].get("blockedReason") == "csp"}
        return [address for request, address in sent.items() if request not in blocked]


def show(browser, name):
    if SCREENSHOTS:
        browser.screenshot(Path(SCREENSHOTS, f"{name}.png"))


def foreign(browser, product):
    """Return the requested addresses on other hosts."""
    return [url for url in browser.requested() if not url.startswith((product.url, "data:", "blob:"))]


@contextmanager
def running_browser():
    port = free_port()
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = processes.start(["chromedriver", f"--port={port}"], **silent)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=300, verify=False) as driver:
            eventually(lambda: is_ready(driver), 30)
            browser = Browser(driver)
            try:
                yield browser
            finally:
                browser.send("DELETE", "")
    finally:
        processes.end(process)


def is_ready(driver):
    try:
        return driver.get("/status").json()["value"]["ready"]
    except httpx.TransportError:
        return False

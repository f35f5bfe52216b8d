"""Chromium, driven by the WebDriver protocol (W3C) that its own driver speaks."""

import base64
import json
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

import httpx

from notes_api.tests.edge.server import eventually, free_port

# By what name a driver calls the id of an element.
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
OPTIONS = ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1280,1600", "--disable-gpu"]
OPTIONS += ["--disable-background-networking", "--disable-component-update", "--no-first-run"]


def what_is_missing():
    """Why no browser can be started here; empty if one can."""
    missing = [name for name in ("chromium", "chromedriver") if not shutil.which(name)]
    return f"not installed here: {', '.join(missing)}" if missing else ""


class Browser:
    def __init__(self, driver):
        self.driver = driver
        wanted = {
            "goog:chromeOptions": {"binary": shutil.which("chromium"), "args": OPTIONS},
            "goog:loggingPrefs": {"performance": "ALL", "browser": "ALL"},
        }
        self.session = ""
        self.session = self.ask("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})["sessionId"]

    def ask(self, method, path, body=None):
        prefix = f"/session/{self.session}" if self.session else ""
        answer = self.driver.request(method, prefix + path, json=body).json()["value"]
        if isinstance(answer, dict) and "error" in answer:
            raise LookupError(answer["message"])
        return answer

    def open(self, address):
        self.ask("POST", "/url", {"url": address})

    def find(self, selector):
        """The element, as soon as it is there."""
        found = eventually(lambda: self.ask("POST", "/elements", {"using": "css selector", "value": selector}), 30)
        return found[0][ELEMENT]

    def click(self, selector):
        element = self.find(selector)
        self.script("arguments[0].scrollIntoView({block: 'center'})", {ELEMENT: element})
        self.ask("POST", f"/element/{element}/click", {})

    def write(self, selector, text):
        element = self.find(selector)
        self.ask("POST", f"/element/{element}/clear", {})
        self.ask("POST", f"/element/{element}/value", {"text": text})

    def text(self, selector):
        return self.ask("GET", f"/element/{self.find(selector)}/text")

    def script(self, source, *arguments):
        return self.ask("POST", "/execute/sync", {"script": source, "args": list(arguments)})

    @contextmanager
    def on_a_phone(self):
        """With a small screen for a while."""
        screen = {"width": 360, "height": 780, "deviceScaleFactor": 2, "mobile": True}
        self.command("Emulation.setDeviceMetricsOverride", screen)
        try:
            yield
        finally:
            self.command("Emulation.clearDeviceMetricsOverride", {})

    def command(self, name, parameters):
        self.ask("POST", "/goog/cdp/execute", {"cmd": name, "params": parameters})

    def screenshot(self, path):
        Path(path).write_bytes(base64.b64decode(self.ask("GET", "/screenshot")))

    def complaints(self):
        """What the browser itself reported as errors: blocked by policy, not found, thrown."""
        entries = self.ask("POST", "/se/log", {"type": "browser"})
        return [entry["message"] for entry in entries if entry["level"] == "SEVERE"]

    def requested(self):
        """Every address that was asked for since the last look; what a page's policy blocked is none."""
        entries = self.ask("POST", "/se/log", {"type": "performance"})
        events = [json.loads(entry["message"])["message"] for entry in entries]
        sent = {
            event["params"]["requestId"]: event["params"]["request"]["url"]
            for event in events
            if event["method"] == "Network.requestWillBeSent"
        }
        blocked = {event["params"]["requestId"] for event in events if event["params"].get("blockedReason") == "csp"}
        return [address for request, address in sent.items() if request not in blocked]


@contextmanager
def running_browser():
    port = free_port()
    process = subprocess.Popen(["chromedriver", f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as driver:
            eventually(lambda: is_ready(driver), 30)
            browser = Browser(driver)
            try:
                yield browser
            finally:
                browser.ask("DELETE", "")
    finally:
        process.terminate()
        process.wait(20)


def is_ready(driver):
    try:
        return driver.get("/status").json()["value"]["ready"]
    except httpx.TransportError:
        return False

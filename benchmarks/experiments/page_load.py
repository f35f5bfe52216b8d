"""Measure how pages load in Chromium: requests, bytes on the wire, first paint, time to interactive.

    python -m benchmarks.experiments.page_load http://127.0.0.1:8000/docs http://127.0.0.1:8000/redoc

Each page loads `RUNS` times with an empty cache and as often with a full one, and the median is printed. Requires
chromium and chromedriver. The network is that of Lighthouse for phones (1.6 Mbit/s, 150 ms), and the processor is four
times slower.
"""

import os
import statistics
import sys
import time
from typing import Any
from urllib.parse import urlsplit

from notes_api.tests.browser import Browser, running_browser

RUNS = int(os.environ.get("RUNS", "3"))
NETWORK = {"offline": False, "latency": 150, "downloadThroughput": 1_638_400 / 8, "uploadThroughput": 768_000 / 8}
SLOWDOWN = 4
# What shows that the page is complete: its operations.
COMPLETE = {"/docs": ".opblock", "/redoc": "[data-section-id] h2"}
# The page is interactive after the last task of 50 ms or more, once it is complete. `buffered` reports earlier tasks.
OBSERVE = """
window.tasks = [];
new PerformanceObserver(list => {
    for (const task of list.getEntries()) window.tasks.push([task.startTime, task.duration]);
}).observe({type: "longtask", buffered: true});
window.completeAt = 0;
const timer = setInterval(() => {
    if (document.querySelector(%r)) { window.completeAt = performance.now(); clearInterval(timer); }
}, 20);
"""
READ = """
const paint = performance.getEntriesByName("first-contentful-paint")[0];
return [paint ? paint.startTime : 0, window.completeAt, window.tasks, performance.now()];
"""
# Milliseconds without a long task after which the page counts as interactive (Lighthouse waits 5 s).
QUIET = 3000


def main() -> None:
    print(f"{'':40} {'requests':>8} {'kB':>8} {'paint':>8} {'complete':>8} {'interactive':>11} {'blocked':>8}")
    with running_browser() as browser:
        browser.command("Network.emulateNetworkConditions", NETWORK)
        browser.command("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
        for address in sys.argv[1:]:
            for name, is_cold in (("first visit", True), ("next visit", False)):
                loads = [load(browser, address, is_cold) for _ in range(RUNS)]
                figures = [statistics.median(values) for values in zip(*loads, strict=True)]
                print(f"{f'{urlsplit(address).path}, {name}':40}", end="")
                print(" {:8.0f} {:8.1f} {:8.2f} {:8.2f} {:11.2f} {:8.2f}".format(*figures), flush=True)


def load(browser: Browser, address: str, is_cold: bool) -> list[float]:
    """Return the requests, kB, and seconds until first paint, completeness and interactivity, and blocked seconds."""
    if is_cold:
        browser.command("Network.clearBrowserCache", {})
    browser.open("about:blank")
    browser.events()
    source = OBSERVE % COMPLETE.get(urlsplit(address).path, "body")
    script = browser.command("Page.addScriptToEvaluateOnNewDocument", {"source": source})
    browser.open(address)
    paint, complete, tasks = settle(browser)
    browser.command("Page.removeScriptToEvaluateOnNewDocument", script)
    events = browser.events()
    sent = [event for event in events if event["method"] == "Network.responseReceived"]
    wire = [event["params"] for event in events if event["method"] == "Network.loadingFinished"]
    interactive = max([complete, *(start + duration for start, duration in tasks)])
    blocked = sum(max(0, duration - 50) for start, duration in tasks if start > paint)
    kilobytes = sum(max(0, item["encodedDataLength"]) for item in wire) / 1000
    served = [event for event in sent if event["params"]["response"]["url"].startswith("http")]
    return [len(served), kilobytes, paint / 1000, complete / 1000, interactive / 1000, blocked / 1000]


def settle(browser: Browser) -> Any:  # Any: what the script returns
    """Wait until the page is complete and no long task has run for a while."""
    while True:
        paint, complete, tasks, now = browser.script(READ)
        last = max([complete, *(start + duration for start, duration in tasks)])
        if complete and now - last > QUIET:
            return paint, complete, tasks
        time.sleep(0.2)


if __name__ == "__main__":
    main()

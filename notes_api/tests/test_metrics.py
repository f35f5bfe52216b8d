"""`/metrics`: what Prometheus reads of all workers together."""

import json
import os
import re
import secrets
import signal
from contextlib import suppress
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from notes_api.settings import BASE_DIR
from notes_api.tests.edge.server import eventually, get
from notes_api.tests.live_server import connected, logged_in, serving

TOKEN = "0123456789abcdef"
AUTHORIZED = {"Authorization": f"Bearer {TOKEN}"}
WORKERS = 2


@pytest.fixture(scope="module")
def server(served_database):
    # Nothing listens on the port of the mail server.
    variables = {
        "METRICS_TOKEN": TOKEN,
        "WEB_CONCURRENCY": str(WORKERS),
        "EMAIL_URL": "smtp://127.0.0.1:1",
        "DAILY_WORK_CHECK_SECONDS": "0.1",
    }
    with serving(served_database, **variables) as server:
        yield server


@pytest.fixture
def client(server):
    with logged_in(server) as client:
        yield client


def samples(server):
    text = get(f"{server.url}/metrics", headers=AUTHORIZED).raise_for_status().text
    return [sample for family in text_string_to_metric_families(text) for sample in family.samples]


def value(server, name, **labels):
    """Return the sum of the samples with this name and these labels."""
    return sum(each.value for each in samples(server) if each.name == name and labels.items() <= each.labels.items())


def lock_files(server):
    """Return the lock file of each worker that has one, by process id."""
    files = {}
    for pid in server.workers():
        with suppress(FileNotFoundError):
            links = [link.readlink() for link in Path(f"/proc/{pid}/fd").iterdir()]
            if found := [link for link in links if re.fullmatch(r"worker-\d+\.lock", link.name)]:
                files[pid] = found[0]
    return files


def directory_of(server):
    """Return the directory in which the workers share their metrics."""
    return next(iter(eventually(lambda: lock_files(server)).values())).parent


def test_there_are_no_metrics_without_a_token(product):
    assert get(f"{product.url}/metrics", headers={"Authorization": "Bearer"}).status_code == 404


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer 0123456789abcdeX"}, {"Authorization": TOKEN}])
def test_metrics_need_the_token(server, headers):
    response = get(f"{server.url}/metrics", headers=headers)

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert "notes_" not in response.text


def test_prometheus_may_use_any_address_of_the_server(server):
    assert get(f"{server.url}/metrics", headers={**AUTHORIZED, "Host": "10.1.2.3:8000"}).status_code == 200


def test_requests_to_all_workers_are_counted(server, client):
    labels = {"method": "GET", "route": "/tags"}
    before = value(server, "notes_requests_total", **labels)
    for _ in range(20):
        # Each has a connection of its own, which any worker may accept.
        get(f"{server.url}/tags", headers=dict(client.headers))

    assert value(server, "notes_requests_total", **labels, status="200") == before + 20
    assert value(server, "notes_response_seconds_count", **labels) == before + 20
    database_seconds = value(server, "notes_database_seconds_total", **labels)
    assert 0 < database_seconds < value(server, "notes_response_seconds_sum", **labels)
    assert value(server, "notes_queue_seconds_count") > before + 20


def test_paths_that_do_not_exist_are_counted_as_one_route(server):
    with connected(server) as client:
        for _ in range(5):
            client.get(f"/{secrets.token_hex(8)}")
            client.request("QQQ", f"/{secrets.token_hex(8)}")

    routes = {each.labels["route"] for each in samples(server) if each.name == "notes_requests_total"}
    assert {route for route in routes if re.search(r"[0-9a-f]{8}", route)} == set()
    assert value(server, "notes_requests_total", method="GET", route="/{unknown}", status="404") == 5
    assert value(server, "notes_requests_total", method="other") == 5


def test_refusals_are_counted_by_their_reason(server, client):
    before = value(server, "notes_refusals_total", reason="too_large")
    client.post("/login", content=b"x" * 70_000)

    assert value(server, "notes_refusals_total", reason="too_large") == before + 1


def test_connections_and_streams_are_counted_while_they_are_open(server, client):
    with client.stream("GET", "/changes/stream") as stream:
        events = stream.iter_lines()
        next(events)
        assert value(server, "notes_streams") == 1
        eventually(lambda: value(server, "notes_connections") >= 1)

    eventually(lambda: value(server, "notes_streams") == 0)


def test_the_streams_of_killed_workers_are_not_counted(server, client):
    with client.stream("GET", "/changes/stream") as stream:
        events = stream.iter_lines()
        next(events)
        for pid in server.workers():
            os.kill(pid, signal.SIGKILL)
        eventually(lambda: len(lock_files(server)) == WORKERS)
        eventually(server.is_up)

    eventually(lambda: value(server, "notes_streams") == 0)


def test_log_ins_and_mails_that_fail_are_counted(server, client):
    failed = value(server, "notes_security_events_total", event="login_failed")
    succeeded = value(server, "notes_security_events_total", event="login_succeeded")
    mails = value(server, "notes_mails_total", outcome="failed")
    client.post("/login", data={"username": client.email, "password": "wrong"})

    def is_counted():
        # Another server of this database may have sent the mails before.
        client.post("/password/reset", json={"email": client.email})
        return value(server, "notes_mails_total", outcome="failed") > mails

    assert succeeded >= 1
    assert value(server, "notes_security_events_total", event="login_failed") == failed + 1
    eventually(is_counted)


def test_the_size_of_the_database_is_measured(server):
    eventually(lambda: value(server, "notes_stored_bytes") > 100_000)


def test_counters_survive_a_worker_and_leave_no_files(server, client):
    directory = directory_of(server)
    client.get("/tags")
    counted = value(server, "notes_requests_total", route="/tags")
    eventually(lambda: len(lock_files(server)) == WORKERS)
    files = {path.name for path in directory.iterdir()}
    for _ in range(2):
        killed = max(eventually(lambda: len(found := lock_files(server)) == WORKERS and found))
        os.kill(killed, signal.SIGKILL)
        eventually(lambda killed=killed: len(found := lock_files(server)) == WORKERS and killed not in found)
    eventually(lambda: value(server, "notes_workers") == WORKERS)

    assert value(server, "notes_requests_total", route="/tags") >= counted
    assert {path.name for path in directory.iterdir()} <= files | {"worker-2.lock"}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_the_server_deletes_its_files_when_it_ends(served_database, number):
    with serving(served_database, METRICS_TOKEN=TOKEN) as server:
        directory = directory_of(server)
        assert directory.is_dir()
        server.signal(number)
        eventually(lambda: not directory.exists())


def test_the_daily_work_is_shown_as_the_database_has_it(server, served_database):
    eventually(lambda: value(server, "notes_daily_work_done_timestamp_seconds", task="purge"))
    # The purge is due, but the server pauses for some minutes.
    served_database.query(
        "UPDATE notes_dailywork SET created_at = '2024-06-10 06:13:20Z', backup_done_at = '2024-06-11 06:13:20Z',"
        " backup_seconds = 17.5, failures = 9, failed_at = CURRENT_TIMESTAMP"
    )

    eventually(lambda: value(server, "notes_daily_work_done_timestamp_seconds", task="purge") == 1_718_000_000)
    eventually(lambda: value(server, "notes_daily_work_done_timestamp_seconds", task="backup") == 1_718_086_400)
    eventually(lambda: value(server, "notes_daily_work_seconds", task="backup") == 17.5)
    eventually(lambda: value(server, "notes_daily_work_failures") == 9)
    # Somebody has done it by hand.
    served_database.query("UPDATE notes_dailywork SET purge_done_at = CURRENT_TIMESTAMP")
    eventually(lambda: value(server, "notes_daily_work_failures") == 0)


def alert_rules():
    [group] = yaml.safe_load((BASE_DIR / "deploy/alerts.yml").read_text())["groups"]
    return group["rules"]


def dashboard_panels():
    return json.loads((BASE_DIR / "deploy/grafana-dashboard.json").read_text())["panels"]


def test_every_metric_of_an_alert_or_a_panel_is_exported(server, client):
    client.get("/notes")
    eventually(lambda: value(server, "notes_stored_bytes") > 0)
    eventually(lambda: value(server, "notes_daily_work_done_timestamp_seconds"))
    exported = {sample.name for sample in samples(server)}
    expressions = [rule["expr"] for rule in alert_rules()]
    expressions += [target["expr"] for panel in dashboard_panels() for target in panel["targets"]]

    names = set(re.findall(r"\bnotes_\w+", " ".join(expressions)))
    assert len(names) > 10
    assert names - exported == set()


def test_every_reason_and_event_of_an_alert_exists(server):
    known = {value for sample in samples(server) for value in sample.labels.values()}
    expressions = " ".join(rule["expr"] for rule in alert_rules())
    used = re.findall(r'(?:reason|outcome|event)=~?"([^"]+)"', expressions)

    assert {name for names in used for name in names.split("|")} - known == set()


def test_alerts_and_panels_say_what_they_are_about():
    assert all({"alert", "expr", "labels", "annotations"} <= rule.keys() for rule in alert_rules())
    assert all(panel["title"] and panel["targets"] for panel in dashboard_panels())
    assert len({panel["id"] for panel in dashboard_panels()}) == len(dashboard_panels())

"""The alert rules and the dashboard do what they say: Prometheus's own tool evaluates them."""

import json
import shutil
import subprocess

import pytest
import yaml

from notes_api.settings import BASE_DIR

RULES = BASE_DIR / "deploy/alerts.yml"
TESTS = BASE_DIR / "deploy/alerts_test.yml"
DASHBOARD = BASE_DIR / "deploy/grafana-dashboard.json"

promtool = shutil.which("promtool")
needs_promtool = pytest.mark.skipif(promtool is None, reason="promtool is not installed: apt-get install prometheus")


def run_promtool(*arguments):
    completed = subprocess.run([promtool, *map(str, arguments)], capture_output=True, text=True, check=False)
    assert completed.returncode == 0, completed.stdout + completed.stderr
    return completed.stdout


def test_each_alert_is_tested_silent_and_firing():
    [group] = yaml.safe_load(RULES.read_text())["groups"]
    checks = [check for test in yaml.safe_load(TESTS.read_text())["tests"] for check in test["alert_rule_test"]]
    silent = [check["alertname"] for check in checks if not check["exp_alerts"]]
    firing = [check["alertname"] for check in checks if check["exp_alerts"]]

    names = sorted(rule["alert"] for rule in group["rules"])
    assert sorted(silent) == names
    assert sorted(firing) == names


@needs_promtool
def test_each_alert_fires_only_when_it_should():
    assert "SUCCESS" in run_promtool("test", "rules", TESTS)


@needs_promtool
def test_prometheus_accepts_the_queries_of_the_dashboard(tmp_path):
    panels = json.loads(DASHBOARD.read_text())["panels"]
    queries = [target["expr"].replace("$__rate_interval", "5m") for panel in panels for target in panel["targets"]]
    rules = [{"record": f"query:{number}", "expr": query} for number, query in enumerate(queries)]
    file = tmp_path / "queries.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))

    assert f"{len(queries)} rules found" in run_promtool("check", "rules", file)

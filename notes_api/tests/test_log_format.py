"""LOG_FORMAT: every line of the server has the same format, whichever library writes it."""

import json
import logging
import os
import re
import signal
import subprocess
import sys

import pytest
from django.db import IntegrityError

from accounts.models import User
from notes_api.monitoring.log_format import gunicorn_log_config
from notes_api.monitoring.logs import FORMATTERS
from notes_api.settings import BASE_DIR
from notes_api.tests.edge.server import eventually
from notes_api.tests.live_server import logged_in, serving

MARKER = "xylograph7319"
TEXT_LINE = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} ERROR gunicorn.error Worker \(pid:7\) was sent SIGKILL!"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


def log_record(message, *args, error=None, **extra):
    exc_info = error and (type(error), error, error.__traceback__)
    record = logging.LogRecord("gunicorn.error", logging.ERROR, __file__, 1, message, args, exc_info)
    vars(record).update(extra)
    return record


def test_every_line_of_a_server_is_json(served_database):
    with serving(served_database, LOG_FORMAT="json", LOG_LEVEL="INFO") as server:
        with logged_in(server) as client:
            client.get("/notes")
        os.kill(server.workers().pop(), signal.SIGKILL)
        eventually(lambda: "gunicorn.error" in server.log())
        # A worker that is starting would end only after a time-out.
        server.wait_until(server.is_up, seconds=60)
        lines = [json.loads(line) for line in server.log().splitlines()]

    assert {"gunicorn.error", "notes_api.access", "notes_api.security"} <= {line["logger"] for line in lines}
    assert {re.sub(TIME, "", line["time"]) for line in lines} == {""}
    assert {"time", "level", "logger", "message"} <= set.intersection(*[set(line) for line in lines])


def test_uvicorn_writes_lines_like_all_others_although_it_had_handlers_of_its_own():
    code = """if True:
        import logging, django
        logger = logging.getLogger("uvicorn.error")
        logger.handlers, logger.propagate = [logging.StreamHandler()], False
        django.setup()
        logger.error("Exception in ASGI application")
    """
    environment = {**os.environ, "LOG_FORMAT": "json", "DJANGO_SETTINGS_MODULE": "notes_api.settings"}
    run = subprocess.run([sys.executable, "-c", code], cwd=BASE_DIR, env=environment, capture_output=True, check=True)

    assert json.loads(run.stderr)["message"] == "Exception in ASGI application"


def test_gunicorn_writes_lines_of_text_like_all_others():
    formatter = gunicorn_log_config("text")["formatters"]["line"]["()"]()

    assert re.fullmatch(TEXT_LINE, formatter.format(log_record("Worker (pid:%s) was sent %s!", 7, "SIGKILL")))


def test_a_json_line_escapes_line_breaks_and_leaves_out_the_objects_of_django(rf):
    record = log_record("one\ntwo", request=rf.get(f"/tags/{MARKER}"), status_code=500)

    line = FORMATTERS["json"]().format(record)
    assert "\n" not in line
    assert json.loads(line)["message"] == "one\ntwo"
    assert json.loads(line).keys() == {"time", "level", "logger", "message"}


def test_the_traceback_in_a_json_line_has_no_values_of_a_query():
    User(email=f"{MARKER}@example.com").save(force_insert=True)
    with pytest.raises(IntegrityError) as failed:
        User(email=f"{MARKER}@example.com").save(force_insert=True)

    line = FORMATTERS["json"]().format(log_record("Failed", error=failed.value))
    assert "IntegrityError" in json.loads(line)["traceback"]
    assert MARKER not in line

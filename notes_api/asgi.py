"""The entry point of the server."""

import gc
import os

import django

# Imports leave hardly any garbage, and looking for it takes a fifth of the time of a start.
gc.disable()

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "notes_api.settings")
django.setup()

from django.db import connection  # noqa: E402

from notes_api.db.sqlite import group_commit  # noqa: E402
from notes_api.db.storage import storage  # noqa: E402
from notes_api.server.application import ThreadedASGIHandler  # noqa: E402 (Django must be set up first)

# Tests of the server alone have a database in memory.
if connection.vendor == "sqlite" and connection.settings_dict["NAME"] != ":memory:":
    group_commit.enable(connection.settings_dict["NAME"])
    storage.keep_reserve(connection.settings_dict["NAME"])

application = ThreadedASGIHandler()

# The objects loaded so far stay for good. Without this, each full garbage collection would stop all requests for about
# 40 ms while it scans them.
gc.freeze()
# Most requests leave no reference cycles behind, and hardly any that hold a long text (`test_garbage.py`). So a
# collection finds next to nothing. It scans all objects of the requests in progress, which may be 1,000: with Python's
# 700 instead, that took a tenth of the time. The second generation is collected after three collections of the first:
# after ten, it would have three times as many objects to scan when 2,000 connections start at once.
gc.set_threshold(20_000, 2, 40)
gc.enable()

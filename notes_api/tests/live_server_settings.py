"""The product's settings with cheap password hashes."""

import os
import sys

from notes_api.settings import *  # noqa: F403

PASSWORD_HASHERS = ["notes_api.tests.hashing.QuickHasher"]
# Tests of the daily work set it; in others it must not begin.
DAILY_WORK_CHECK_SECONDS = float(os.environ.get("DAILY_WORK_CHECK_SECONDS", "1e9"))
# As in production: Django REST Framework imports these packages of the tests wherever they are installed.
sys.modules["requests"] = sys.modules["pygments"] = None

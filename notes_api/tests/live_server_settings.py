"""The product's settings with cheap password hashes."""

import sys

from notes_api.settings import *  # noqa: F403

PASSWORD_HASHERS = ["notes_api.tests.hashing.QuickHasher"]
# As in production: Django REST Framework imports these packages of the tests wherever they are installed.
sys.modules["requests"] = sys.modules["pygments"] = None

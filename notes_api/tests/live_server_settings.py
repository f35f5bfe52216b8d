"""The product's settings with cheap password hashes."""

from notes_api.settings import *  # noqa: F403

PASSWORD_HASHERS = ["notes_api.tests.hashing.QuickHasher"]

"""The product's own settings, with password hashes that cost little: the rest is what is served."""

from notes_api.settings import *  # noqa: F403

PASSWORD_HASHERS = ["notes_api.tests.hashing.QuickHasher"]

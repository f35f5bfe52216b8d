"""Which keys nobody can guess."""

import re

from django.core.exceptions import ImproperlyConfigured

# Words that stand in keys from documentation, never in random ones.
PUBLISHED = re.compile(
    r"change.?me|insecure|example|sample|placeholder|your.?secret|secret.?key|replace", re.IGNORECASE
)


def unguessable(key: str, subject: str) -> str:
    """The key; a refusal says what `subject`, the setting, is or does wrong, and never repeats the key."""
    if len(key.encode()) < 32:
        raise ImproperlyConfigured(f"{subject} is shorter than 32 bytes: use 32 random bytes or more.")
    if PUBLISHED.search(key):
        raise ImproperlyConfigured(f"{subject} is a sample value that others know: use 32 random bytes or more.")
    if len(set(key)) < 10:
        raise ImproperlyConfigured(f"{subject} repeats too few characters to be random: use 32 random bytes or more.")
    return key

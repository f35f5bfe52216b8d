"""Digests of random secrets, which the database keeps in their place."""

from hashlib import sha256


def digest_secret(secret: str) -> str:
    """Return the SHA-256 digest in hexadecimal.

    Only for secrets with at least 80 random bits. They cannot be guessed, so a salt or a slow hash adds nothing.
    """
    return sha256(secret.encode()).hexdigest()

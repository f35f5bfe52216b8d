"""Hashers for the tests."""

from django.contrib.auth.hashers import MD5PasswordHasher

from accounts.authentication.passwords import NormalizingHasher


class QuickHasher(NormalizingHasher):
    """bcrypt as in the product, with the fewest rounds."""

    rounds = 4


class CountingHasher(MD5PasswordHasher):
    """Remembers the passwords that it hashes or compares."""

    algorithm = "counting"
    hashed: list[str] = []

    def encode(self, password, salt):
        self.hashed.append(password)
        return super().encode(password, salt)

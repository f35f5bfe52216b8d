"""Hashers for the tests."""

from django.contrib.auth.hashers import BCryptSHA256PasswordHasher, MD5PasswordHasher


class QuickHasher(BCryptSHA256PasswordHasher):
    """bcrypt as in the product, in the fewest rounds there are."""

    rounds = 4


class CountingHasher(MD5PasswordHasher):
    """Remembers the passwords it hashes, those it compares included."""

    algorithm = "counting"
    hashed: list[str] = []

    def encode(self, password, salt):
        self.hashed.append(password)
        return super().encode(password, salt)

from django.contrib.auth.hashers import BCryptSHA256PasswordHasher


class QuickHasher(BCryptSHA256PasswordHasher):
    """bcrypt as in the product, in the fewest rounds there are."""

    rounds = 4

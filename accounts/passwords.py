"""What a password must be, whoever sets it and wherever."""

import re

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError

PASSWORD_MAX_LENGTH = 128

# NUL, and halves of characters, which a terminal or a pipe in another encoding can produce.
NO_TEXT = re.compile(r"[\x00\ud800-\udfff]")


class TextValidator:
    """For AUTH_PASSWORD_VALIDATORS: text, and no more of it than somebody could type."""

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        if len(password) > PASSWORD_MAX_LENGTH:
            raise ValidationError(self.get_help_text(), code="max_length")
        if NO_TEXT.search(password):
            raise ValidationError("Your password contains bytes that are no text.", code="invalid")

    def get_help_text(self) -> str:
        return f"Your password must contain at most {PASSWORD_MAX_LENGTH} characters."

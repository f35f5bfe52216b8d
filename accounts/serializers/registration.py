from typing import Any

from accounts.models import User
from accounts.models.email_address import EMAIL_MAX_LENGTH
from accounts.serializers.fields import EmailField, PasswordField
from accounts.serializers.password import RULES, validate_new_password
from notes_api.rest.json_types import JSON
from notes_api.rest.serializers import StrictSerializer


class RegistrationSerializer(StrictSerializer):
    email = EmailField()
    password = PasswordField(help_text=RULES)

    @classmethod
    def read(cls, data: JSON, **context: object) -> dict[str, Any]:  # Any: each member has its own type
        """Validate the password together with the address as typed, so that one response reports errors in both."""
        email = data.get("email", "") if isinstance(data, dict) else ""
        return super().read(data, user=User(email=str(email)[:EMAIL_MAX_LENGTH]), **context)

    def validate_password(self, password: str) -> str:
        return validate_new_password(password, self.context["user"])

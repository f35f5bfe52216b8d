"""Deactivate an account and reactivate it."""

from django.db import transaction

from accounts.flows.revocation import end_access
from accounts.models import User


@transaction.atomic
def deactivate(user: User) -> None:
    """Deactivate the account. Its sessions, links and API tokens stay invalid after a reactivation."""
    user.row.update(is_active=False)
    user.is_active = False
    end_access(user)


def reactivate(user: User) -> None:
    user.row.update(is_active=True)
    user.is_active = True

"""Refusals that more than one subject has."""

from notes_api.problems import Problem


class AddressTaken(Problem):
    def __init__(self) -> None:
        super().__init__(409, "email_taken", "An account with this e-mail address already exists.")


class InvalidLink(Problem):
    def __init__(self) -> None:
        detail = "This link is no longer good: it was used, is older than an hour, or something has changed since."
        super().__init__(400, "invalid_token", detail)

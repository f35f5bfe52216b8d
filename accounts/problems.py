"""Refusals that more than one subject has."""

from notes_api.problems import Problem


class InvalidLink(Problem):
    def __init__(self) -> None:
        detail = "This link is no longer good: it was used, is older than an hour, or something has changed since."
        super().__init__(400, "invalid_token", detail)

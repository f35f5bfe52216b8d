"""Errors that several views return."""

from notes_api.rest.problems import Problem


class ReauthenticationRequired(Problem):
    """The request needs the password again, because the log-in is too old or did not satisfy the second factor."""

    def __init__(self, *, needs_code: bool) -> None:
        proof = "`current_password` and a one-time code in `otp`" if needs_code else "`current_password`"
        log_in = "log in again with a one-time code" if needs_code else "log in again"
        detail = f"Send {proof}, or {log_in} and repeat the request within 10 minutes."
        super().__init__(403, "reauthentication_required", detail)


class AddressTaken(Problem):
    def __init__(self) -> None:
        super().__init__(409, "email_taken", "An account with this e-mail address already exists.")


class InvalidLink(Problem):
    def __init__(self) -> None:
        detail = "This link is no longer valid: it was used, is older than an hour, or the account has changed since."
        super().__init__(400, "invalid_token", detail)

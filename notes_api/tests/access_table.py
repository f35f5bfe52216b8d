"""Who may do what: the status of every operation for each identity, logged in and by API token."""

from itertools import product

from django.db import connection

from accounts.models import (
    ApiToken,
    Clock,
    DeviceRequest,
    Grant,
    MailLink,
    OAuthClient,
    SecondFactor,
    Session,
    ThrottleCounter,
    User,
)
from conftest import NEW_PASSWORD, PASSWORD, START
from notes.models import Note, Revision, StoredAnswer
from notes_api.tests.narrow_tokens import BY_NARROW_TOKEN

# Alice owns the account, the session and the notes that the paths name, and has enrolled an app. The owner is logged in
# on a second device; `refresh` is her refresh token in place of an access token; the session of the deactivated account
# has not ended.
BY_SESSION = """
                                               owner  stranger  staff  anonymous  expired  revoked  deactivated  refresh
POST   /users                                  201    201       201    201        201      201      201          201
GET    /users/me                               200    200       200    401        401      401      401          401
PATCH  /users/me                               200    200       200    401        401      401      401          401
POST   /users/me/password                      204    204       204    401        401      401      401          401
GET    /users/me/otp                           200    200       200    401        401      401      401          401
POST   /users/me/otp                           200    200       200    401        401      401      401          401
POST   /users/me/otp/confirm                   200    409       409    401        401      401      401          401
POST   /users/me/otp/disable                   204    204       204    401        401      401      401          401
POST   /users/me/erase                         204    204       409    401        401      401      401          401
GET    /users/{id}                             200    404       200    401        401      401      401          401
POST   /login                                  200    200       200    200        200      200      401          200
POST   /login/refresh                          200    200       200    200        200      200      401          200
POST   /login/revoke                           200    200       200    200        200      200      200          200
POST   /logout                                 204    204       204    401        401      401      401          401
POST   /password/reset                         202    202       202    202        202      202      202          202
POST   /password/reset/confirm                 204    204       204    204        204      204      400          204
POST   /email/verify                           204    204       204    204        204      204      400          204
POST   /email/verify/send                      202    202       202    202        202      202      202          202
GET    /sessions                               200    200       200    401        401      401      401          401
DELETE /sessions                               204    204       204    401        401      401      401          401
DELETE /sessions/{id}                          204    404       404    401        401      401      401          401
GET    /tokens                                 200    200       200    401        401      401      401          401
POST   /tokens                                 201    201       201    401        401      401      401          401
GET    /tokens/{id}                            200    404       404    401        401      401      401          401
GET    /grants                                 200    200       200    401        401      401      401          401
GET    /grants/{id}                            200    404       404    401        401      401      401          401
DELETE /grants/{id}                            204    404       404    401        401      401      401          401
POST   /grants/{id}/undo                       200    404       404    401        401      401      401          401
POST   /token                                  200    200       200    200        200      200      400          200
POST   /register                               201    201       201    201        201      201      201          201
POST   /device/authorization                   200    200       200    200        200      200      200          200
DELETE /tokens/{id}                            204    404       404    401        401      401      401          401
POST   /tokens/{id}/undo                       200    404       404    401        401      401      401          401
GET    /notes                                  200    200       200    401        401      401      401          401
POST   /notes                                  201    201       201    401        401      401      401          401
GET    /notes/{id}                             200    404       404    401        401      401      401          401
PUT    /notes/{id}                             200    404       404    401        401      401      401          401
PATCH  /notes/{id}                             200    404       404    401        401      401      401          401
DELETE /notes/{id}                             204    404       404    401        401      401      401          401
POST   /notes/{id}/append                      200    404       404    401        401      401      401          401
POST   /notes/{id}/edit                        200    404       404    401        401      401      401          401
GET    /notes/{id}/revisions                   200    404       404    401        401      401      401          401
GET    /notes/{id}/revisions/{version}         200    404       404    401        401      401      401          401
GET    /notes/{id}/revisions/{version}/diff    200    404       404    401        401      401      401          401
DELETE /notes/{id}/revisions/{version}         204    404       404    401        401      401      401          401
POST   /notes/{id}/revisions/{version}/restore 200    404       404    401        401      401      401          401
POST   /notes/batch                            200    200       200    401        401      401      401          401
GET    /trash                                  200    200       200    401        401      401      401          401
DELETE /trash                                  204    204       204    401        401      401      401          401
GET    /trash/{id}                             200    404       404    401        401      401      401          401
DELETE /trash/{id}                             204    404       404    401        401      401      401          401
POST   /trash/{id}/restore                     200    404       404    401        401      401      401          401
GET    /tags                                   200    200       200    401        401      401      401          401
PATCH  /tags/{name}                            200    404       404    401        401      401      401          401
DELETE /tags/{name}                            204    404       404    401        401      401      401          401
GET    /changes                                200    200       200    401        401      401      401          401
GET    /changes/stream                         200    200       200    401        401      401      401          401
POST   /imports                                200    200       200    401        401      401      401          401
GET    /imports/{id}                           200    404       404    401        401      401      401          401
GET    /export                                 200    200       200    401        401      401      401          401
GET    /exports/{id}                           200    404       404    401        401      401      401          401
"""

# Tokens of Alice by scope; tokens with `notes:write` of a stranger and of staff; and Alice's invalid tokens.
# What requires a login session reads: 403 403 403 403 403 401 401 401.
BY_API_TOKEN = """
                                               read  write  append  stranger  staff  expired  revoked  deactivated
POST   /users                                  201   201    201     201       201    201      201      201
GET    /users/me                               200   200    200     200       200    401      401      401
PATCH  /users/me                               403   403    403     403       403    401      401      401
POST   /users/me/password                      403   403    403     403       403    401      401      401
POST   /users/me/erase                         403   403    403     403       403    401      401      401
GET    /users/{id}                             403   403    403     403       403    401      401      401
GET    /users/me/otp                           403   403    403     403       403    401      401      401
POST   /users/me/otp                           403   403    403     403       403    401      401      401
POST   /users/me/otp/confirm                   403   403    403     403       403    401      401      401
POST   /users/me/otp/disable                   403   403    403     403       403    401      401      401
POST   /login                                  200   200    200     200       200    200      200      401
POST   /login/refresh                          200   200    200     200       200    200      200      401
POST   /login/revoke                           200   200    200     200       200    200      200      200
POST   /password/reset                         202   202    202     202       202    202      202      202
POST   /password/reset/confirm                 204   204    204     204       204    204      204      400
POST   /email/verify                           204   204    204     204       204    204      204      400
POST   /email/verify/send                      202   202    202     202       202    202      202      202
POST   /logout                                 403   403    403     403       403    401      401      401
GET    /sessions                               403   403    403     403       403    401      401      401
DELETE /sessions                               403   403    403     403       403    401      401      401
DELETE /sessions/{id}                          403   403    403     403       403    401      401      401
GET    /tokens                                 403   403    403     403       403    401      401      401
POST   /tokens                                 403   403    403     403       403    401      401      401
GET    /tokens/{id}                            403   403    403     403       403    401      401      401
GET    /grants                                 403   403    403     403       403    401      401      401
GET    /grants/{id}                            403   403    403     403       403    401      401      401
DELETE /grants/{id}                            403   403    403     403       403    401      401      401
POST   /grants/{id}/undo                       403   403    403     403       403    401      401      401
POST   /token                                  200   200    200     200       200    200      200      400
POST   /register                               201   201    201     201       201    201      201      201
POST   /device/authorization                   200   200    200     200       200    200      200      200
DELETE /tokens/{id}                            403   403    403     403       403    401      401      401
POST   /tokens/{id}/undo                       403   403    403     403       403    401      401      401
GET    /notes                                  200   200    403     200       200    401      401      401
POST   /notes                                  403   201    201     201       201    401      401      401
GET    /notes/{id}                             200   200    403     404       404    401      401      401
PUT    /notes/{id}                             403   200    403     404       404    401      401      401
PATCH  /notes/{id}                             403   200    403     404       404    401      401      401
DELETE /notes/{id}                             403   204    403     404       404    401      401      401
POST   /notes/{id}/append                      403   200    200     404       404    401      401      401
POST   /notes/{id}/edit                        403   200    403     404       404    401      401      401
GET    /notes/{id}/revisions                   200   200    403     404       404    401      401      401
GET    /notes/{id}/revisions/{version}         200   200    403     404       404    401      401      401
GET    /notes/{id}/revisions/{version}/diff    200   200    403     404       404    401      401      401
DELETE /notes/{id}/revisions/{version}         403   204    403     404       404    401      401      401
POST   /notes/{id}/revisions/{version}/restore 403   200    403     404       404    401      401      401
POST   /notes/batch                            403   200    200     200       200    401      401      401
GET    /trash                                  200   200    403     200       200    401      401      401
DELETE /trash                                  403   204    403     204       204    401      401      401
GET    /trash/{id}                             200   200    403     404       404    401      401      401
DELETE /trash/{id}                             403   204    403     404       404    401      401      401
POST   /trash/{id}/restore                     403   200    403     404       404    401      401      401
GET    /tags                                   200   200    403     200       200    401      401      401
PATCH  /tags/{name}                            403   200    403     404       404    401      401      401
DELETE /tags/{name}                            403   204    403     404       404    401      401      401
GET    /changes                                200   200    403     200       200    401      401      401
GET    /changes/stream                         200   200    403     200       200    401      401      401
POST   /imports                                403   200    403     200       200    401      401      401
GET    /imports/{id}                           200   200    403     404       404    401      401      401
GET    /export                                 403   403    403     403       403    401      401      401
GET    /exports/{id}                           403   403    403     403       403    401      401      401
"""


def rows_of(table):
    """Return the statuses of each operation by identity."""
    heading, *lines = table.strip().splitlines()
    columns = {" ".join(line.split()[:2]): map(int, line.split()[2:]) for line in lines}
    return {name: dict(zip(heading.split(), statuses, strict=True)) for name, statuses in columns.items()}


ROWS, TOKEN_ROWS, NARROW_ROWS = rows_of(BY_SESSION), rows_of(BY_API_TOKEN), rows_of(BY_NARROW_TOKEN)
# A grant allows what a token with the same scope or limit does.
GRANTS = ("read", "write", "append", "stranger", "expired", "revoked", "deactivated", "inside", "outside")
GRANT_ROWS = {name: {key: (TOKEN_ROWS[name] | NARROW_ROWS[name])[key] for key in GRANTS} for name in TOKEN_ROWS}
# The status of each operation for every identity, in one row.
STATUSES = {
    name: {
        identity + suffix: status
        for rows, suffix in ((ROWS, ""), (TOKEN_ROWS, " token"), (NARROW_ROWS, " token"), (GRANT_ROWS, " grant"))
        for identity, status in rows[name].items()
    }
    for name in ROWS
}
# Identities that may read Alice's data, and those to which a write returns no more than its id.
SEEING = ("owner", "edit token", *map(" ".join, product(("read", "write", "inside"), ("token", "grant"))))
ADDING = ("append token", "trash token", "append grant")
OTHERS = ("stranger", "staff", "stranger token", "staff token", "stranger grant")
# The body of these contains Alice's own password or token, for every identity.
WITH_ALICES_SECRET = (
    "POST /login",
    "POST /login/refresh",
    "POST /login/revoke",
    "POST /token",
    "POST /password/reset/confirm",
    "POST /email/verify",
)
# These also require proof that the owner is present, unless the log-in is recent. Their body contains the password.
SENSITIVE = ("PATCH /users/me", "POST /tokens", "POST /users/me/otp/disable", "POST /users/me/erase")
BODIES = {
    "POST /users": {"email": "carol@example.com", "password": PASSWORD},
    "PATCH /users/me": {"email": "carol@example.com", "current_password": PASSWORD},
    "POST /users/me/password": {"current_password": PASSWORD, "new_password": NEW_PASSWORD},
    "POST /password/reset": {"email": "alice@example.com"},
    "POST /email/verify/send": {"email": "alice@example.com"},
    **{f"POST /users/me/{name}": {"password": PASSWORD} for name in ("otp", "otp/disable", "erase")},
    "POST /login": {"username": "alice@example.com", "password": PASSWORD},
    "POST /register": {"client_name": "Assistant", "redirect_uris": ["http://127.0.0.1/callback"]},
    "POST /notes": {"title": "Bread"},
    "POST /tokens": {"name": "Script", "scopes": ["notes:read"], "current_password": PASSWORD},
    **{key: {"since": START} for key in ("POST /tokens/{id}/undo", "POST /grants/{id}/undo")},
    "PUT /notes/{id}": {"title": "Bread"},
    "PATCH /notes/{id}": {"title": "Bread"},
    "POST /imports": {"kind": "note", "id": "01939f5e-1d2a-7c40-8e1b-3f9a7d5c2b17", "title": "Bread"},
    "POST /notes/{id}/append": {"text": "!"},
    "PATCH /tags/{name}": {"name": "house"},
    "POST /notes/{id}/edit": {"edits": [{"old": "two", "new": "three"}]},
    "POST /notes/batch": {"operations": [{"op": "create", "note": {"title": "Bread"}}]},
}


def everything():
    """Return every row of these models. With QuerySets this would take longer than the requests."""
    models = (
        *(User, Clock, Session, ApiToken, Grant, OAuthClient, DeviceRequest, SecondFactor, MailLink, ThrottleCounter),
        *(Note, Revision, StoredAnswer),
    )
    with connection.cursor() as cursor:
        return [read_all(cursor, model._meta) for model in models]


def read_all(cursor, table):
    cursor.execute(f'SELECT * FROM "{table.db_table}" ORDER BY "{table.pk.column}"')
    return cursor.fetchall()


def what_alice_keeps(alice):
    querysets = (
        User.objects.filter(pk=alice.pk),
        Clock.objects.filter(user=alice),
        Session.objects.filter(user=alice),
        SecondFactor.objects.filter(user=alice),
        ApiToken.objects.filter(user=alice),
        Grant.objects.filter(user=alice),
        Note.objects.filter(owner=alice),
        Revision.objects.filter(note__owner=alice),
    )
    return [list(queryset.order_by("pk").values()) for queryset in querysets]

"""The second half of the table in test_access: what API tokens may do, a row for every operation."""

# Tokens of Alice, by scope; with `notes:write`, but a stranger's and one of staff; and Alice's that are good no more.
# What is for log-ins alone reads: 403 403 403 403 403 401 401 401.
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
DELETE /tokens/{id}                            403   403    403     403       403    401      401      401
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
"""

"""Who may do what: the status of every operation for API tokens that may do only a part of it."""

# Tokens of Alice: by scope; with `notes:write` and limited to a tag that her notes have, or to another one.
# The tag in the paths is that of the first.
BY_NARROW_TOKEN = """
                                               edit  trash  purge  inside  outside
POST   /users                                  201   201    201    201     201
GET    /users/me                               200   200    200    200     200
PATCH  /users/me                               403   403    403    403     403
POST   /users/me/password                      403   403    403    403     403
POST   /users/me/erase                         403   403    403    403     403
GET    /users/{id}                             403   403    403    403     403
GET    /users/me/otp                           403   403    403    403     403
POST   /users/me/otp                           403   403    403    403     403
POST   /users/me/otp/confirm                   403   403    403    403     403
POST   /users/me/otp/disable                   403   403    403    403     403
POST   /login                                  200   200    200    200     200
POST   /login/refresh                          200   200    200    200     200
POST   /login/revoke                           200   200    200    200     200
POST   /password/reset                         202   202    202    202     202
POST   /password/reset/confirm                 204   204    204    204     204
POST   /email/verify                           204   204    204    204     204
POST   /email/verify/send                      202   202    202    202     202
POST   /logout                                 403   403    403    403     403
GET    /sessions                               403   403    403    403     403
DELETE /sessions                               403   403    403    403     403
DELETE /sessions/{id}                          403   403    403    403     403
GET    /tokens                                 403   403    403    403     403
POST   /tokens                                 403   403    403    403     403
GET    /tokens/{id}                            403   403    403    403     403
DELETE /tokens/{id}                            403   403    403    403     403
POST   /tokens/{id}/undo                       403   403    403    403     403
GET    /grants                                 403   403    403    403     403
GET    /grants/{id}                            403   403    403    403     403
DELETE /grants/{id}                            403   403    403    403     403
POST   /grants/{id}/undo                       403   403    403    403     403
POST   /token                                  200   200    200    200     200
POST   /register                               201   201    201    201     201
POST   /device/authorization                   200   200    200    200     200
GET    /notes                                  200   403    403    200     200
POST   /notes                                  201   403    403    201     201
GET    /notes/{id}                             200   403    403    200     404
PUT    /notes/{id}                             200   403    403    200     404
PATCH  /notes/{id}                             200   403    403    200     404
DELETE /notes/{id}                             403   204    403    204     404
POST   /notes/{id}/append                      200   403    403    200     404
POST   /notes/{id}/edit                        200   403    403    200     404
GET    /notes/{id}/revisions                   200   403    403    200     404
GET    /notes/{id}/revisions/{version}         200   403    403    200     404
GET    /notes/{id}/revisions/{version}/diff    200   403    403    200     404
DELETE /notes/{id}/revisions/{version}         403   403    204    204     404
POST   /notes/{id}/revisions/{version}/restore 200   403    403    200     404
POST   /notes/batch                            200   403    403    200     200
GET    /trash                                  200   403    403    200     200
DELETE /trash                                  403   403    204    204     204
GET    /trash/{id}                             200   403    403    200     404
DELETE /trash/{id}                             403   403    204    204     404
POST   /trash/{id}/restore                     403   200    403    200     404
GET    /tags                                   200   403    403    200     200
PATCH  /tags/{name}                            200   403    403    403     404
DELETE /tags/{name}                            204   403    403    403     404
GET    /changes                                200   403    403    200     200
GET    /changes/stream                         200   403    403    200     200
POST   /imports                                403   403    403    403     403
GET    /imports/{id}                           200   403    403    403     403
GET    /export                                 403   403    403    403     403
GET    /exports/{id}                           403   403    403    403     403
"""

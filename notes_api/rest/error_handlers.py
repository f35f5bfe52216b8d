"""Django's error handlers, for errors outside views: HTML pages in the admin, problems everywhere else."""

from django.http import HttpRequest, HttpResponse
from django.views import defaults

from notes_api.rest.problems import NOT_FOUND, problem_response


def is_admin(request: HttpRequest) -> bool:
    return request.path_info.startswith("/admin/")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_admin(request):
        return defaults.bad_request(request, exception)
    return problem_response(request, 400, "bad_request", "The request is malformed: check its URL and headers.")


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_admin(request):
        return defaults.permission_denied(request, exception)
    return problem_response(request, 403, "permission_denied", "You do not have permission for this.")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_admin(request):
        return defaults.page_not_found(request, exception)
    return problem_response(request, 404, "not_found", NOT_FOUND)


def server_error(request: HttpRequest) -> HttpResponse:
    if is_admin(request):
        return defaults.server_error(request)
    detail = "The server failed. Its log contains the cause under the request id."
    return problem_response(request, 500, "internal_error", detail)

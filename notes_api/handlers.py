"""What is answered where no view answers: Django's pages to the browsers in the admin, problems to everybody else."""

from django.http import HttpRequest, HttpResponse
from django.views import defaults

from notes_api.problems import problem_response


def is_of_the_admin(request: HttpRequest) -> bool:
    return request.path.startswith("/admin/")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_of_the_admin(request):
        return defaults.bad_request(request, exception)
    return problem_response(request, 400, "bad_request", "The request is malformed: check its address and headers.")


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_of_the_admin(request):
        return defaults.permission_denied(request, exception)
    return problem_response(request, 403, "permission_denied", "You may not do this.")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_of_the_admin(request):
        return defaults.page_not_found(request, exception)
    return problem_response(request, 404, "not_found", "There is nothing here, or it is not yours.")


def server_error(request: HttpRequest) -> HttpResponse:
    if is_of_the_admin(request):
        return defaults.server_error(request)
    detail = "Something broke on our side. The request id finds it in the log."
    return problem_response(request, 500, "internal_error", detail)

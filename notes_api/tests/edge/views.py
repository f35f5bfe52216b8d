import asyncio
import hashlib
import os
import threading
import time

from django.db import connection
from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from notes_api.rest.decorators import hashes_password
from notes_api.server import shutdown
from notes_api.server.middleware import identify

closed_streams = []
runs = []


class EchoView(APIView):
    """Returns the request as DRF sees it."""

    permission_classes = []

    def post(self, request):
        runs.append(request.path)
        body = request.stream.read() if request.stream else b""
        return Response(
            {
                "size": len(body),
                "sha256": hashlib.sha256(body).hexdigest(),
                "declared": request.META.get("CONTENT_LENGTH"),
                "encoding": request.META.get("HTTP_TRANSFER_ENCODING"),
                "spooled": type(getattr(request._request._stream, "_file", None)).__name__,
                "request_id": identify(request),
            }
        )

    put = patch = post


class GuardedView(EchoView):
    permission_classes = [IsAuthenticated]


def plain(request):
    response = HttpResponse("hello", content_type="text/plain")
    response.set_cookie("one", "1")
    response.set_cookie("two", "2")
    return response


def thread(request):
    return JsonResponse({"thread": threading.current_thread().name, "process": os.getpid()})


@hashes_password
def hashing_thread(request):
    return thread(request)


def empty(request):
    return HttpResponse(status=204)


def slow(request):
    runs.append(request.path)
    time.sleep(float(request.GET.get("seconds", "1")))
    return JsonResponse({"draining": shutdown.is_shutting_down()})


def query(request):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_sleep({float(request.GET.get('seconds', '0'))}), pg_backend_pid()")
        return JsonResponse({"backend": cursor.fetchone()[1], "thread": threading.current_thread().name})


def parts(request):
    def numbers():
        try:
            for number in range(int(request.GET["count"])):
                yield b"%06d\n" % number * 1000
        finally:
            closed_streams.append("parts")

    return StreamingHttpResponse(numbers())


def events(request):
    async def ticks():
        try:
            while not shutdown.is_shutting_down():
                yield b"tick\n"
                await asyncio.sleep(0.02)
            yield b"bye\n"
        finally:
            closed_streams.append("events")

    return StreamingHttpResponse(ticks())


def broken_stream(request):
    def pieces():
        yield b"a"
        raise OSError("the disk is gone")

    return StreamingHttpResponse(pieces())


def seen(request):
    return JsonResponse({"closed_streams": closed_streams, "runs": runs})

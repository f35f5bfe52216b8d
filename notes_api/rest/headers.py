"""Header fields in the OpenAPI document."""

from drf_spectacular.utils import OpenApiParameter

ETAG = OpenApiParameter("ETag", str, "header", response=[200, 201], description='The quoted version: `"42"`.')
LOCATION = OpenApiParameter("Location", str, "header", response=[201], description="The URL of the new resource.")
LINK = OpenApiParameter("Link", str, "header", response=[200], description='The next page: `<…>; rel="next"`.')
IF_MATCH = OpenApiParameter(
    "If-Match", str, "header", description="Write only if the resource still has this `ETag`; otherwise 412."
)
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match",
    str,
    "header",
    description="Continue only if the resource has another `ETag`. `*` requires that it does not exist.",
)
PREFER = OpenApiParameter(
    "Prefer", str, "header", description="`return=minimal` leaves the body of the response out (RFC 7240)."
)
PREFERENCE_APPLIED = OpenApiParameter(
    "Preference-Applied",
    str,
    "header",
    response=[200, 201, 204],
    description="The preference that the response follows, if the request has one.",
)
MINIMAL_ETAG = OpenApiParameter("ETag", str, "header", response=[204], description="The quoted version.")
MINIMAL_LOCATION = OpenApiParameter("Location", str, "header", response=[204], description="The URL of the note.")
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    "header",
    description="Makes retries safe: for 24 hours, a request with the same key gets the first response again.",
)
LAST_EVENT_ID = OpenApiParameter(
    "Last-Event-ID", str, "header", description="The `id` of the last event that the client received."
)

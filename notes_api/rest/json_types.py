"""Names for values that come from JSON or become JSON."""

from typing import Any

# Any: a client can send any JSON value, and a recursive type would need a check at every access.
JSON = Any
JSONObject = dict[str, Any]

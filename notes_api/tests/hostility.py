"""What the tests of hostile input share."""

CHARSETS = ["utf-16", "utf-7", "latin-1", "rot13", "base64", "zip", "idna", "punycode", "undefined", "unicode_escape"]
CHARSETS += ["nonsense", "", '"', "utf-8\xff", "raw_unicode_escape", "hex", "mbcs", "cp1252", "x" * 5000]
CHARSETS += ["uu", "quopri", "bz2", "utf_8_sig", "../../etc/passwd", "os.system", "UTF-8; charset=utf-7"]


def refused(response):
    return (
        400 <= response.status_code < 500
        and response.headers["Content-Type"] == "application/problem+json"
        and response.json()["status"] == response.status_code
    )

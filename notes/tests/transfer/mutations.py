"""Random damage to inputs, the same for the same seed."""

TOKENS = [
    b"\0", b"\xff\xfe", b"\xed\xa0\x80", b"\\ud800", b"\\u0000", b"&#0;", b"&#xD800;", b"&a;", b"\r", b"\xe2\x80\xa8",
    b"[", b"]", b"{", b"}", b'"', b"'", b"<", b">", b"</", b"<!--", b"]]>", b"<![CDATA[", b"<!DOCTYPE a [", b"<div>",
    b"<li>", b"<td colspan='99999'>", b"```", b"![](", b"![[", b"](", b"#", b"---\n", b"+++\n", b": ", b"- ", b"&x *x",
    b"1e999", b"-1", b"9" * 400, b"NaN", b"null", b"true", b"9999-12-31T23:59:59Z", b"0001-01-01", b"19691231T000000Z",
    b"28/09/2021", b"../", b"/", b"\\", b"PK\1\2", b"PK\5\6", b"type_: 1\n", b"id: 0\n", b"=", b"e\xcc\x81" * 40,
]  # fmt: skip


def mutated(data, random):
    """The data with a few parts changed, removed or repeated, and tokens of the formats inserted."""
    for _ in range(random.randint(1, 8)):
        start = random.randint(0, len(data))
        end = min(len(data), start + random.choice([0, 1, 2, 8, 64, 1000]))
        part = data[start:end]
        replacement = random.choice([
            lambda part=part: b"",
            lambda part=part: part * random.choice([2, 3, 500]),
            lambda part=part: random.choice(TOKENS) + part,
            lambda part=part: part + random.choice(TOKENS) * random.choice([1, 1, 300]),
            lambda part=part: bytes(byte ^ 1 << random.randint(0, 7) for byte in part),
            lambda part=part: part[::-1],
        ])()  # fmt: skip
        data = data[:start] + replacement + data[end:]
    return data

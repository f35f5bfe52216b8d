"""Real tokens that were cut, changed in one bit, or put together in another form."""

import base64

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
# 43 characters are the signature.
CUTS = [1, 2, 4, 42, 43, 44, 100]
BITS = (1, 2, 4, 8, 16, 32)
# In the last character some bits belong to no byte.
FLIPS = [(0, 1), (0.4, 1), *((1, bit) for bit in BITS)]


def with_flipped_bit(number, place, bit):
    """Flip one bit of one character of that part; `place` runs from 0 to 1."""

    def make(world):
        parts = world.token.split(".")
        text = parts[number]
        position = round(place * (len(text) - 1))
        other = ALPHABET[ALPHABET.index(text[position]) ^ bit]
        parts[number] = text[:position] + other + text[position + 1 :]
        return ".".join(parts)

    return make


def joined(change):
    return lambda world: change(*world.token.split("."))


def padded(text):
    return text + "=" * (-len(text) % 4)


def in_plain_base64(text):
    """Insert a `+`, which a lenient decoder ignores."""
    return text[:5] + "+" + text[5:]


FORMS = {
    "two-parts": lambda h, p, s: f"{h}.{p}",
    "one-part": lambda h, p, s: h,
    "four-parts": lambda h, p, s: f"{h}.{p}.{s}.{s}",
    "five-parts": lambda h, p, s: f"{h}.{h}.{p}.{p}.{s}",
    "five-parts-as-encrypted": lambda h, p, s: f"{h}..{p}.{p}.{s}",
    "dot-before": lambda h, p, s: f".{h}.{p}.{s}",
    "dot-after": lambda h, p, s: f"{h}.{p}.{s}.",
    "dots-between": lambda h, p, s: f"{h}..{p}.{s}",
    "no-signature": lambda h, p, s: f"{h}.{p}.",
    "no-payload": lambda h, p, s: f"{h}..{s}",
    "no-header": lambda h, p, s: f".{p}.{s}",
    "parts-turned": lambda h, p, s: f"{s}.{p}.{h}",
    "header-twice": lambda h, p, s: f"{h}.{h}.{s}",
    "payload-twice": lambda h, p, s: f"{h}.{p}.{p}",
    "one-dot-leader": lambda h, p, s: f"{h}\u2024{p}\u2024{s}",
    "ideographic-dot": lambda h, p, s: f"{h}\u3002{p}\u3002{s}",
    "fullwidth-dot": lambda h, p, s: f"{h}\uff0e{p}\uff0e{s}",
    "middle-dot": lambda h, p, s: f"{h}\xb7{p}\xb7{s}",
    "commas": lambda h, p, s: f"{h},{p},{s}",
    "space-in-header": lambda h, p, s: f"{h[:9]} {h[9:]}.{p}.{s}",
    "space-in-payload": lambda h, p, s: f"{h}.{p[:9]} {p[9:]}.{s}",
    "space-in-signature": lambda h, p, s: f"{h}.{p}.{s[:9]} {s[9:]}",
    "space-at-dot": lambda h, p, s: f"{h}. {p}.{s}",
    "tab-in-signature": lambda h, p, s: f"{h}.{p}.{s[:9]}\t{s[9:]}",
    "comma-in-signature": lambda h, p, s: f"{h}.{p}.{s[:9]},{s[9:]}",
    "quoted": lambda h, p, s: f'"{h}.{p}.{s}"',
    "star-in-signature": lambda h, p, s: f"{h}.{p}.{s[:9]}*{s[9:]}",
    "percent-in-signature": lambda h, p, s: f"{h}.{p}.{s[:9]}%{s[9:]}",
    "plus-in-signature": lambda h, p, s: f"{h}.{p}.{in_plain_base64(s)}",
    "plus-in-header": lambda h, p, s: f"{in_plain_base64(h)}.{p}.{s}",
    "plus-in-payload": lambda h, p, s: f"{h}.{in_plain_base64(p)}.{s}",
    "padded-signature": lambda h, p, s: f"{h}.{p}.{padded(s)}",
    "overpadded-signature": lambda h, p, s: f"{h}.{p}.{s}====",
    "overpadded-header": lambda h, p, s: f"{h}====.{p}.{s}",
    "padding-inside": lambda h, p, s: f"{h}.{p}.{s[:8]}={s[8:]}",
    "longer-signature": lambda h, p, s: f"{h}.{p}.{s}AAAA",
    "signature-twice": lambda h, p, s: f"{h}.{p}.{s}{s}",
    "signature-in-hex": lambda h, p, s: f"{h}.{p}.{base64.urlsafe_b64decode(padded(s)).hex()}",
    "capitals": lambda h, p, s: f"{h}.{p}.{s.upper()}",
    "token-twice": lambda h, p, s: f"{h}.{p}.{s} {h}.{p}.{s}",
    "two-in-a-list": lambda h, p, s: f"{h}.{p}.{s},{h}.{p}.{s}",
    "null-byte": lambda h, p, s: f"{h}.{p}.{s}\x00",
    "zero-width": lambda h, p, s: f"{h}.{p}\u200b.{s}",
}


def alterations():
    for count in CUTS:
        yield f"cut-{count}-from-the-end", lambda world, count=count: world.token[:-count]
        yield f"cut-{count}-from-the-front", lambda world, count=count: world.token[count:]
    for number, part in enumerate(("header", "payload", "signature")):
        for place, bit in FLIPS:
            yield f"bit-{bit}-at-{place}-of-{part}", with_flipped_bit(number, place, bit)
    for form, change in FORMS.items():
        yield f"form-{form}", joined(change)

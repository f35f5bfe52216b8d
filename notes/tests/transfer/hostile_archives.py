"""Archives made to cost much, of about a given number of bytes, with how their reading ends."""

import io
import stat
import struct
import tarfile
import zipfile
import zlib

from notes.tests.transfer.inputs import tar_of, zip_of

MEGABYTE = 1 << 20
KEEP = {"isTrashed": False}
# Where absolute names lead.
ABSOLUTE = "/var/tmp/hostile-input-"
LOCAL = struct.Struct("<4s5H3L2H")


def zip_of_shared_bytes(data, count, *, claimed=None):
    """A zip whose entries are all the same bytes. It says that it has `claimed` entries."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(data) + packer.flush()
    values = (20, 0, 8, 0, 33, zlib.crc32(data), len(packed), len(data))
    directory = b"".join(directory_entry(number, values, 0) for number in range(count))
    return with_end(LOCAL.pack(b"PK\3\4", *values, 1, 0) + b"a" + packed, directory, min(count, 65534), claimed)


def zip_of_entries_in_each_other(count):
    """A zip in which the data of each entry is all entries that follow it."""
    data, directory = b"end", b""
    for number in reversed(range(count)):
        values = (20, 0, 0, 0, 33, zlib.crc32(data), len(data), len(data))
        directory += directory_entry(number, values, number * (LOCAL.size + 1))
        data = LOCAL.pack(b"PK\3\4", *values, 1, 0) + b"a" + data
    return with_end(data, directory, count)


def zip_of_extra_fields(size):
    """A zip whose entries have as many extra fields as possible."""
    extra, data = struct.pack("<2H", 0x9999, 0) * 16_000, b'{"isTrashed":false}'
    values = (20, 0, 0, 0, 33, zlib.crc32(data), len(data), len(data))
    entry = LOCAL.pack(b"PK\3\4", *values, 1, 0) + b"a" + data
    count = size // len(extra)
    directory = b"".join(directory_entry(number, values, number * len(entry), extra) for number in range(count))
    return with_end(entry * count, directory, count)


def directory_entry(number, values, place, extra=b""):
    name = b"%d.json" % number
    head = struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, *values, len(name), len(extra), 0, 0, 0, 0, place)
    return head + name + extra


def with_end(entries, directory, count, claimed=None):
    count = count if claimed is None else claimed
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(directory), len(entries), 0)
    return entries + directory + end


def zip_whose_list_begins_at(start):
    """A zip with 64-bit places that says so."""
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    end_64 = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 1, 1, 46, start)
    return b"PK\3\4" + end_64 + struct.pack("<4sLQL", b"PK\6\7", 0, 4, 1) + end


def at_least(least, make):
    return lambda size: make(max(size, least))


def repeated(before, unit, after=b""):
    """As many units as fit, between the beginning and the end of an input."""
    return lambda size: before + unit * ((size - len(before)) // len(unit)) + after


def files_of(name, content):
    """A zip of as many of these files as fit."""
    size_of_file = len(content) + 2 * len(name) + 108
    return lambda size: zip_of(
        {name % number: content for number in range(min(140_000, size // size_of_file))}, zipfile.ZIP_STORED
    )


def zip_with_link(size):
    link = zipfile.ZipInfo("link.json")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    return zip_of({link: "/etc/passwd", "a.json": KEEP})


def tar_with_link(size):
    file = io.BytesIO()
    link = tarfile.TarInfo("link.md")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    with tarfile.open(fileobj=file, mode="w") as archive:
        archive.addfile(link)
        archive.addfile(tarfile.TarInfo("a.md"))
    return file.getvalue()


def tar_of_long_names(unit):
    """A tar whose headers say that the names of the files follow, which they do not."""

    def pack(size):
        header = tarfile.TarInfo("a")
        header.type, header.size = tarfile.XHDTYPE, 1 << 16
        file = (
            header.tobuf(tarfile.USTAR_FORMAT) + (unit * header.size)[: header.size] + tarfile.TarInfo("a.md").tobuf()
        )
        return file * (size // len(file)) + bytes(1024)

    return pack


# Of each, the code of a failure; None if there is none.
ARCHIVES = {
    "ten gigabytes in 100 kB": (lambda size: zip_of_shared_bytes(b" " * (7 * MEGABYTE), 1000), "ratio"),
    "entries that contain each other": (lambda size: zip_of_entries_in_each_other(100), "damaged"),
    "entries that share their bytes": (
        lambda size: zip_of_shared_bytes(b'{"isTrashed":false}', min(size // 60, 140_000)),
        "unsafe_name",
    ),
    "more entries than it says": (
        lambda size: zip_of_shared_bytes(b"{}", max(size // 50, 151_000), claimed=1),
        "too_many_entries",
    ),
    "a million entries": (
        lambda size: (
            zip_of_shared_bytes(b"{}", 1)[:-22] + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 65535, 65535, 1, 1, 0)
        ),
        "damaged",
    ),
    "a list of entries far behind the end": (lambda size: zip_whose_list_begins_at((1 << 64) - 1), "damaged"),
    "zips in zips": (files_of("%d.zip", zip_of({"a.md": "a"})), "not_found"),
    "names that leave the archive": (files_of("../%d.json", b""), "unsafe_name"),
    "absolute names": (files_of(f"{ABSOLUTE}%d.json", b""), "unsafe_name"),
    "a name that comes twice": (
        lambda size: zip_of({"a.json": KEEP, "b.json": KEEP}).replace(b"b.json", b"a.json"),
        "duplicate_name",
    ),
    "a link in a zip": (zip_with_link, "link"),
    "a link in a tar": (tar_with_link, "link"),
    "a zip that is not complete": (lambda size: files_of("%d.md", b"Milk")(size)[:-1000], "damaged"),
    "files of another kind": (
        lambda size: zip_of({"a.json": KEEP} | {f"{number}.json": "{}" for number in range(max(10_100, size // 110))}),
        "too_many_failures",
    ),
    "extra fields": (at_least(3_000_000, zip_of_extra_fields), None),
    "long names of a tar": (tar_of_long_names(b"1"), "duplicate_name"),
    "long names of a tar that do not end": (at_least(1_500_000, tar_of_long_names(b"1 path=")), "duplicate_name"),
    "headers of a tar": (lambda size: tar_of({f"{number}.md": "" for number in range(size // 512)}), None),
}

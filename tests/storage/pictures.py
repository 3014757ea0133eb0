"""Small pictures made byte by byte, with the metadata that phones write."""

import struct
import zlib

SECRET = b"21.0285N 105.8542E"
"""Stands for a position in metadata; must be gone after cleaning."""


def _segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


def exif(orientation: int, order: str = "<") -> bytes:
    tiff = (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, 8)
    entries = struct.pack(order + "H", 2)
    entries += struct.pack(order + "HHIHH", 0x0112, 3, 1, orientation, 0)
    entries += struct.pack(order + "HHII", 0x010E, 2, len(SECRET), 60)
    return b"Exif\0\0" + tiff + entries + b"\0" * 24 + SECRET


def jpeg(*, orientation: int = 1, width: int = 4, height: int = 3, order: str = "<") -> bytes:
    frame = struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00"
    return b"".join(
        (
            b"\xff\xd8",
            _segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"),
            _segment(0xE1, exif(orientation, order)),
            _segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + SECRET),
            _segment(0xED, b"Photoshop 3.0\0" + SECRET),
            _segment(0xFE, SECRET),
            _segment(0xE2, b"ICC_PROFILE\0\x01\x01colours"),
            _segment(0xDB, b"\0" + bytes(range(1, 65))),
            b"\xff" + _segment(0xC0, frame),
            _segment(0xDA, b"\x01\x01\x00\x00\x3f\x00"),
            b"scan\xff\x00data\xff\xd0more",
            b"\xff\xd9",
            b"appended video" + SECRET,
        )
    )


def png(*, width: int = 4, height: int = 3) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"\0\x80\x80\x80\x80" * 3)
    parts = (
        chunk(b"IHDR", header),
        chunk(b"tEXt", b"Comment\0" + SECRET),
        chunk(b"eXIf", exif(1)[6:]),
        chunk(b"IDAT", rows),
        chunk(b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + SECRET


def webp(*, width: int = 4, height: int = 3) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)

    extended = bytes((0x0C, 0, 0, 0)) + struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    bits = (width - 1) | (height - 1) << 14
    parts = (
        chunk(b"VP8X", extended),
        chunk(b"VP8L", b"\x2f" + struct.pack("<I", bits)),
        chunk(b"EXIF", exif(6)),
        chunk(b"XMP ", SECRET),
    )
    body = b"WEBP" + b"".join(parts)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def gif() -> bytes:
    parts = (
        b"GIF89a" + struct.pack("<HHBBB", 4, 3, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff",
        b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0",
        b"\x21\xfe" + bytes((len(SECRET),)) + SECRET + b"\0",
        b"\x21\xff\x0bXMP DataXMP" + bytes((len(SECRET),)) + SECRET + b"\0",
        b"\x21\xf9\x04\0\0\0\0\0",
        b"\x2c" + struct.pack("<HHHHB", 0, 0, 4, 3, 0) + b"\x02\x02\x4c\x01\0",
        b"\x3b",
    )
    return b"".join(parts) + SECRET

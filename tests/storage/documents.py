"""Small documents made by hand, full of what tells who wrote them; `SECRET` stands wherever that is."""

import io
import zipfile
import zlib
from collections.abc import Mapping

from tests.storage import pictures

SECRET = "Cán bộ mẫu 07"
CONTENT = "Đèn đường ngõ 3 hỏng"

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml"


def archive(parts: Mapping[str, str | bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in parts.items():
            opened.writestr(name, content)
    return packed.getvalue()


def unpacked(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def relations(*targets: tuple[str, str], outside: tuple[str, str] | None = None) -> str:
    listed = "".join(
        f'<Relationship Id="rId{number}" Type="{kind if ":" in kind else f"{KIND}/{kind}"}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, start=1)
    )
    if outside:
        listed += f'<Relationship Id="x1" Type="{KIND}/{outside[0]}" Target="{outside[1]}" TargetMode="External"/>'
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{listed}</Relationships>'


def types(*parts: str) -> str:
    overrides = "".join(f'<Override PartName="/{part}" ContentType="{_MAIN}.main+xml"/>' for part in parts)
    return (
        f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
        f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f"{overrides}</Types>"
    )


def docx_parts(**more: str | bytes) -> dict[str, str | bytes]:
    """Return the parts of a Word document with revisions, comments, properties, custom data and a photo."""
    body = (
        f'<w:p w:rsidR="00AB12CD"><w:ins w:id="1" w:author="{SECRET}" w:date="2026-01-05T08:00:00Z">'
        f"<w:r><w:t xml:space='preserve'> {CONTENT} &amp; &lt;tối&gt;</w:t></w:r></w:ins>"
        f"<w:commentReference w:id='0'/></w:p>"
    )
    return {
        "[Content_Types].xml": types("word/document.xml", "docProps/core.xml", "word/people.xml", "word/comments.xml"),
        "_rels/.rels": relations(
            ("officeDocument", "word/document.xml"),
            (f"{_PACKAGE}/relationships/metadata/core-properties", "docProps/core.xml"),
            ("extended-properties", "docProps/app.xml"),
            (f"{_PACKAGE}/relationships/metadata/thumbnail", "docProps/thumbnail.jpeg"),
        ),
        "docProps/core.xml": f"<core>{SECRET}</core>",
        "docProps/app.xml": f"<app>{SECRET}</app>",
        "docProps/thumbnail.jpeg": pictures.jpeg(),
        "word/document.xml": f"<w:document {_W} {_R}><w:body>{body}</w:body></w:document>",
        "word/_rels/document.xml.rels": relations(
            ("comments", "comments.xml"),
            ("settings", "settings.xml"),
            ("http://schemas.microsoft.com/office/2011/relationships/people", "people.xml"),
            ("customXml", "../customXml/item1.xml"),
            ("image", "media/image1.jpeg"),
        ),
        "word/comments.xml": (
            f'<w:comments {_W}><w:comment w:id="0" w:author="{SECRET}" w:initials="{SECRET}">'
            f"<w:p><w:r><w:t>Xem lại</w:t></w:r></w:p></w:comment></w:comments>"
        ),
        "word/people.xml": f"<people>{SECRET}</people>",
        "word/settings.xml": (
            f'<w:settings {_W} {_R}><w:zoom w:percent="100"/><w:attachedTemplate r:id="x1"/>'
            f'<w:rsids><w:rsid w:val="00AB12CD"/></w:rsids></w:settings>'
        ),
        "word/_rels/settings.xml.rels": relations(outside=("attachedTemplate", f"file:///C:\\Users\\{SECRET}\\a.dotm")),
        "word/media/image1.jpeg": pictures.jpeg(),
        "customXml/item1.xml": f"<item>{SECRET}</item>",
        "stray.xml": f"<stray>{SECRET}</stray>",
        **more,
    }


def docx(**more: str | bytes) -> bytes:
    return archive(docx_parts(**more))


def signed_docx() -> bytes:
    """Return a Word document with a signature, as office programs add one: a part that the whole document refers to."""
    kind = f"{_PACKAGE}/relationships/digital-signature"
    signature = "application/vnd.openxmlformats-package.digital-signature-origin"
    listed = types("word/document.xml").replace(
        "</Types>", f'<Default Extension="sigs" ContentType="{signature}"/></Types>'
    )
    return docx(
        **{
            "[Content_Types].xml": listed,
            "_rels/.rels": relations(
                ("officeDocument", "word/document.xml"), (f"{kind}/origin", "_xmlsignatures/origin.sigs")
            ),
            "_xmlsignatures/origin.sigs": "",
            "_xmlsignatures/_rels/origin.sigs.rels": relations((f"{kind}/signature", "sig1.xml")),
            "_xmlsignatures/sig1.xml": f"<Signature>{SECRET}</Signature>",
        }
    )


INFO = f"<< /Author ({SECRET}) /Title <{SECRET.encode('utf-16').hex()}> /Producer (a \\) b) /Trapped /False >>".encode()


def pdf(
    objects: Mapping[int, bytes] | None = None, *, trailer: bytes = b"/Info 4 0 R", compressed: bool = False
) -> bytes:
    """Write a PDF of one page with its index; `compressed` puts catalogue and properties into an object stream."""
    listed = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 5 0 R >>",
        4: INFO,
        5: stream(b"", b"BT (In the page) Tj ET"),
        **(objects or {}),
    }
    if compressed:
        inner = {number: listed.pop(number) for number in (1, 4)}
        listed[9] = object_stream(inner)
    data, places = b"%PDF-1.7\n", {}
    for number, body in sorted(listed.items()):
        places[number] = len(data)
        data += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(data)
    rows = b"".join(b"%d 1\n%010d 00000 n \n" % (number, place) for number, place in places.items())
    end = b"trailer\n<< /Size 10 /Root 1 0 R %b >>\nstartxref\n%d\n%%%%EOF\n" % (trailer, start)
    return data + b"xref\n0 1\n0000000000 65535 f \n" + rows + end


def stream(entries: bytes, content: bytes) -> bytes:
    return b"<< %b /Length %d >>\nstream\n%b\nendstream" % (entries, len(content), content)


def object_stream(objects: Mapping[int, bytes]) -> bytes:
    heads, body = [], b""
    for number, each in objects.items():
        heads.append(b"%d %d" % (number, len(body)))
        body += each + b" "
    head = b" ".join(heads) + b" "
    entries = b"/Type /ObjStm /Filter /FlateDecode /N %d /First %d" % (len(objects), len(head))
    return stream(entries, zlib.compress(head + body, 1))

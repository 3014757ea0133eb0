"""What tells who wrote a document is taken out of it, or the document is refused; its content stays."""

import io
import re
import zlib

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.worksheet.worksheet import Worksheet

from storage.documents import DocumentError, NotCleanableError, clean_office, clean_pdf
from tests.storage import documents, pictures
from tests.storage.documents import CONTENT, SECRET

HIDDEN = [SECRET.encode(), SECRET.encode("utf-16-le"), SECRET.encode("utf-16").hex().encode(), pictures.SECRET]
DRAWING = "http://schemas.microsoft.com/office/2017/10/relationships"


def tells(data: bytes) -> bool:
    return any(secret in data for secret in HIDDEN)


def test_a_word_document_keeps_its_words_and_loses_its_authors() -> None:
    before = documents.docx()
    assert tells(b"".join(documents.unpacked(before).values()))
    parts = documents.unpacked(clean_office(before).data)
    assert {name: tells(content) for name, content in parts.items() if tells(content)} == {}
    assert f'<w:t xml:space="preserve"> {CONTENT} &amp; &lt;tối&gt;</w:t>' in parts["word/document.xml"].decode()
    assert "<w:t>Xem lại</w:t>" in parts["word/comments.xml"].decode()
    assert set(parts) == {
        "[Content_Types].xml", "_rels/.rels", "word/document.xml", "word/_rels/document.xml.rels", "word/comments.xml",
        "word/settings.xml", "word/_rels/settings.xml.rels", "word/media/image1.jpeg",
    }  # fmt: skip


def test_nothing_in_a_cleaned_document_points_to_what_is_gone() -> None:
    parts = documents.unpacked(clean_office(documents.docx()).data)
    typed = re.findall(rb'PartName="/([^"]+)"', parts["[Content_Types].xml"])
    assert {name.decode() for name in typed} == {"word/document.xml", "word/comments.xml"}
    told = b"".join(content for name, content in parts.items() if name.endswith(".rels"))
    for gone in (b"people", b"customXml", b"docProps", b"attachedTemplate"):
        assert gone not in told
    assert b"attachedTemplate" not in parts["word/settings.xml"]
    assert b'percent="100"' in parts["word/settings.xml"]


def test_a_cleaned_document_is_cleaned_already() -> None:
    once = clean_office(documents.docx()).data
    assert clean_office(once).data == once


def workbook() -> bytes:
    """Make a workbook with a formula, properties, a comment with its author's name, and more that names people."""
    book = openpyxl.Workbook()
    book.properties.creator = book.properties.lastModifiedBy = SECRET
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet["A1"], sheet["A2"], sheet["A3"] = CONTENT, 2, "=A2*3"
    sheet["A1"].comment = Comment(f"{SECRET}:\nXem lại", SECRET)
    written = io.BytesIO()
    book.save(written)
    parts = documents.unpacked(written.getvalue())
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(
        b"<sheets>", f'<fileSharing userName="{SECRET}"/><sheets>'.encode()
    )
    parts["xl/worksheets/sheet1.xml"] = parts["xl/worksheets/sheet1.xml"].replace(
        b"<legacyDrawing", b'<pageSetup paperSize="9" r:id="rId9" xmlns:r="urn:r"/><legacyDrawing'
    )
    relations = "xl/worksheets/_rels/sheet1.xml.rels"
    more = (
        f'<Relationship Id="rId9" Type="{documents.KIND}/printerSettings" Target="../printerSettings/p1.bin"/>'
        f'<Relationship Id="rId8" Type="{DRAWING}/threadedComment" Target="../threadedComments/t1.xml"/>'
    )
    parts[relations] = parts[relations].replace(b"</Relationships>", f"{more}</Relationships>".encode())
    parts["xl/printerSettings/p1.bin"] = SECRET.encode("utf-16-le")
    parts["xl/threadedComments/t1.xml"] = f"<t>{SECRET}</t>".encode()
    return documents.archive(parts)


def test_a_workbook_keeps_its_cells_and_loses_its_authors() -> None:
    before = workbook()
    assert tells(b"".join(documents.unpacked(before).values()))
    after = clean_office(before).data
    parts = documents.unpacked(after)
    assert {name for name, content in parts.items() if tells(content)} == set()
    assert b"r:id" not in re.findall(rb"<pageSetup[^>]*>", parts["xl/worksheets/sheet1.xml"])[0]
    book = openpyxl.load_workbook(io.BytesIO(after))
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    assert [sheet[name].value for name in ("A1", "A2", "A3")] == [CONTENT, 2, "=A2*3"]
    comment = sheet["A1"].comment
    assert comment is not None
    assert comment.text.strip() == "Xem lại"
    assert book.properties.creator != SECRET


SHEETS = {
    "plain": "<worksheet><sheetData><row><c r='A1'><v>7</v></c></row></sheetData>{end}</worksheet>",
    "prefixed": "<x:worksheet xmlns:x='u'><x:sheetData><x:row/></x:sheetData>{end}</x:worksheet>",
    "empty": "<worksheet><sheetData/>{end}</worksheet>",
    "with a remark": "<worksheet><sheetData><!-- {secret} --><row/></sheetData>{end}</worksheet>",
    "of another encoding": "<?xml version='1.0' encoding='utf-16'?>"
    "<worksheet><sheetData><row/></sheetData>{end}</worksheet>",
}


@pytest.mark.parametrize("sheet", SHEETS.values(), ids=SHEETS)
def test_cells_stay_as_they_are_and_what_stands_around_them_is_cleaned(sheet: str) -> None:
    text = sheet.format(
        end=f"<scenarios><scenario name='x' user='{SECRET}' comment='{SECRET}'/></scenarios>", secret=SECRET
    )
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": documents.types(),
        "xl/workbook.xml": "<workbook/>",
        "xl/_rels/workbook.xml.rels": documents.relations(("worksheet", "worksheets/sheet1.xml")),
        "xl/worksheets/sheet1.xml": text.encode("utf-16" if "utf-16" in sheet else "utf-8"),
    }
    after = documents.unpacked(clean_office(documents.archive(parts)).data)["xl/worksheets/sheet1.xml"]
    assert not tells(after)
    assert b'<scenario name="x"></scenario>' in after
    assert (b"row" in after) == ("row" in sheet)
    assert (b"<v>7</v>" in after) == ("<v>7</v>" in sheet)


def test_a_document_within_a_document_is_cleaned_too() -> None:
    relations = documents.relations(("package", "embeddings/sheet1.xlsx"))
    within: dict[str, str | bytes] = {
        "word/_rels/document.xml.rels": relations,
        "word/embeddings/sheet1.xlsx": workbook(),
    }
    parts = documents.unpacked(clean_office(documents.docx(**within)).data)
    inner = documents.unpacked(parts["word/embeddings/sheet1.xlsx"])
    assert not tells(b"".join(inner.values()))


def one_more(kind: str, name: str, content: bytes) -> bytes:
    relations = documents.relations((kind, name))
    more: dict[str, str | bytes] = {"word/_rels/document.xml.rels": relations, f"word/{name}": content}
    return documents.docx(**more)


def nested(depth: int) -> bytes:
    inner = documents.docx()
    for _ in range(depth):
        inner = one_more("package", "embeddings/a.docx", inner)
    return inner


@pytest.mark.parametrize(
    "data",
    [
        one_more("oleObject", "embeddings/oleObject1.bin", b"\xd0\xcf\x11\xe0"),
        one_more("image", "media/image1.tiff", b"II*\0"),
        one_more("image", "media/image1.jpeg", b"no picture"),
        one_more("image", "media/image1.emf", b"\0" * 30_000_000),
        nested(2),
    ],
    ids=["an object", "an unknown picture", "a false picture", "a bomb", "three deep"],
)
def test_what_cannot_be_looked_through_is_refused(data: bytes) -> None:
    with pytest.raises(NotCleanableError):
        clean_office(data)


@pytest.mark.parametrize(
    "data",
    [
        documents.docx()[:700],
        documents.docx(**{"word/document.xml": "<w:document"}),
        documents.docx(**{"word/document.xml": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}),
        documents.docx(**{"word/document.xml": '<?xml version="1.0" encoding="none"?><a/>'}),
        documents.docx(**{"word/media/image1.jpeg": b"\xff\xd8\xffnothing"}),
    ],
    ids=["cut", "no xml", "entities", "unknown encoding", "damaged picture"],
)
def test_a_damaged_document_is_told_from_one_that_cannot_be_cleaned(data: bytes) -> None:
    with pytest.raises(DocumentError):
        clean_office(data)


def same_index(before: bytes, after: bytes) -> bool:
    """Whether every object still begins where the index says."""
    places = [int(each[1]) for each in re.finditer(rb"(\d{10}) 00000 n", before[: before.index(b"%%EOF")])]
    return len(before) == len(after) and all(
        re.match(rb"\d+ 0 obj", after[place:]) and after[place : place + 8] == before[place : place + 8]
        for place in places
    )


XMP = f"<x:xmpmeta><dc:creator>{SECRET}</dc:creator></x:xmpmeta>".encode()
ANNOTATION = f"<< /Type /Annot /Subtype /Text /T ({SECRET}) /Contents (Look here) >>".encode()
PDFS = {
    "plain": documents.pdf(),
    "xmp": documents.pdf({6: documents.stream(b"/Type /Metadata /Subtype /XML", XMP)}),
    "packed xmp": documents.pdf(
        {6: documents.stream(b"/Type/Metadata/Filter/FlateDecode", zlib.compress(XMP + bytes(range(256))))}
    ),
    "strings of their own": documents.pdf(
        {
            4: b"<< /Author 6 0 R /Title 7 0 R >>",
            6: f"({SECRET})".encode(),
            7: f"<{SECRET.encode('utf-16').hex()}>".encode(),
        }
    ),
    "a comment": documents.pdf({6: ANNOTATION}),
    "a photo": documents.pdf({6: documents.stream(b"/Subtype /Image /Filter /DCTDecode", pictures.jpeg())}),
    "two versions": documents.pdf() + documents.pdf({4: b"<< /Author (x) >>"})[9:],
}


@pytest.mark.parametrize("before", PDFS.values(), ids=PDFS)
def test_a_pdf_keeps_its_places_and_its_page(before: bytes) -> None:
    assert tells(before) or zlib.compress(XMP)[:4] in before
    after = clean_pdf(before).data
    assert same_index(before, after)
    assert b"(In the page) Tj" in after
    assert not tells(after)
    assert clean_pdf(after).data == after


def test_packed_metadata_of_a_pdf_is_gone_and_can_still_be_unpacked() -> None:
    after = clean_pdf(PDFS["packed xmp"]).data
    found = re.search(rb"/FlateDecode /Length \d+ >>\nstream\n(.*?)\nendstream", after, re.DOTALL)
    assert found is not None
    assert zlib.decompressobj().decompress(found[1]) == b""


def test_what_a_comment_says_and_a_forms_field_is_called_stays() -> None:
    field = b"<< /Subtype /Widget /T (ho_ten) >>"
    after = clean_pdf(documents.pdf({6: ANNOTATION, 7: field})).data
    assert b"(Look here)" in after
    assert field in after


def test_properties_in_an_object_stream_are_overwritten_there() -> None:
    before = documents.pdf(compressed=True)
    after = clean_pdf(before).data
    assert same_index(before, after)
    packed = re.search(rb"/ObjStm.*?stream\n(.*?)\nendstream", after, re.DOTALL)
    assert packed is not None
    content = zlib.decompressobj().decompress(packed[1])
    assert b"/Catalog" in content
    assert b"/Author (   " in content
    assert not tells(content)


@pytest.mark.parametrize(
    "data",
    [
        documents.pdf(trailer=b"/Info 4 0 R /Encrypt 8 0 R"),
        documents.pdf({6: b"<< /Type /Sig /ByteRange [0 1 2 3] /Name (x) >>"}),
        documents.pdf({6: documents.stream(b"/Type /EmbeddedFile", b"MZ")}),
        documents.pdf(trailer=b"/Info 77 0 R"),
        documents.pdf(trailer=b"/Info << /Author (x) >>"),
        documents.pdf({6: documents.stream(b"/Type /Metadata /Filter /LZWDecode", b"xxxx")}),
        documents.pdf({6: documents.stream(b"/Type /ObjStm /Filter /LZWDecode /First 4", b"xxxx")}),
        documents.pdf({6: documents.stream(b"/Filter /DCTDecode", b"Exif\0 and nothing else")}),
    ],
    ids=["locked", "signed", "a file in it", "lost", "direct", "packed otherwise", "objects packed otherwise", "photo"],
)
def test_a_pdf_that_cannot_be_cleaned_is_refused(data: bytes) -> None:
    with pytest.raises(NotCleanableError):
        clean_pdf(data)


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.7\n1 0 obj\n<< /Length 9 >>\nstream\nabc",
        documents.pdf({4: b"<< /Author (never ends >>", 5: b"<< >>"}),
        documents.pdf({6: documents.stream(b"/Type /ObjStm /Filter /FlateDecode /First 4", b"xxxx")}),
    ],
    ids=["a stream", "a string", "packed"],
)
def test_a_damaged_pdf_is_told(data: bytes) -> None:
    with pytest.raises(DocumentError):
        clean_pdf(data)

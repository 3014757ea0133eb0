"""Documents that people send, without what tells who wrote them: read and written by bytes, nothing is executed."""

from storage.documents.errors import DocumentError, NotCleanableError
from storage.documents.office import clean_office, is_signed_office
from storage.documents.pdf import clean_pdf

__all__ = ["DocumentError", "NotCleanableError", "clean_office", "clean_pdf", "is_signed_office"]

"""Why a document is not taken."""


class DocumentError(ValueError):
    """The bytes do not have the structure that their first bytes promise."""


class NotCleanableError(ValueError):
    """The document holds something whose author cannot be taken out: it is refused rather than kept with it."""

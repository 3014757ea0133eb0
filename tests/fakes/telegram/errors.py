"""A Bot API call that is refused, as the server words it."""


class Refused(Exception):  # noqa: N818 - an answer of the server, not a fault of the fake
    """The answer `ok: false`.

    status      HTTP status and error_code
    reason      description, beginning as the real server's does ("Bad Request: ...")
    parameters  ResponseParameters: retry_after, migrate_to_chat_id
    """

    def __init__(self, status: int, reason: str, **parameters: int) -> None:
        super().__init__(reason)
        self.status, self.reason, self.parameters = status, reason, parameters


def bad_request(reason: str, **parameters: int) -> Refused:
    """Return a 400 whose description begins as the real server's."""
    return Refused(400, f"Bad Request: {reason}", **parameters)


def forbidden(reason: str) -> Refused:
    """Return a 403 whose description begins as the real server's."""
    return Refused(403, f"Forbidden: {reason}")

"""Whom we trust to name a platform's server."""

import ssl
from functools import cache


@cache
def authorities() -> ssl.SSLContext:
    """Return the certificate authorities, read once: a tenth of a second, so ask in a thread.

    The library that knows them is loaded here and not before, as a start waits for nothing of it.
    """
    from httpx import create_ssl_context  # noqa: PLC0415

    return create_ssl_context(trust_env=False)

"""Whom we trust to name a platform's server."""

import ssl
from functools import cache

from httpx import create_ssl_context


@cache
def authorities() -> ssl.SSLContext:
    """Return the certificate authorities; reading them takes longer than all the rest of a start, so once."""
    return create_ssl_context(trust_env=False)

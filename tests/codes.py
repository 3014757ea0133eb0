"""The key of the rating codes that tests give out."""

from surveys.tokens import TokenKey

TOKEN_KEY = TokenKey.of("a sample key of tests, long enough")

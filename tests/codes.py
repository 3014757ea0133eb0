"""The key of the rating codes that tests give out."""

from surveys.tokens import TokenKey

SECRET = "a sample key of tests, long enough"
TOKEN_KEY = TokenKey.of(SECRET)

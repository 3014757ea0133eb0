"""The key of the rating codes that tests give out, and of what is sealed in their databases."""

from storage.vault import Vault
from surveys.tokens import TokenKey

SECRET = "a sample key of tests, long enough"
TOKEN_KEY = TokenKey.of(SECRET)
VAULT = Vault(SECRET)

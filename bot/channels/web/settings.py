"""What the web chat needs to be told: its address, its key, its limits."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from surveys.tokens import TokenKey

CHANNEL = "web"
ACCOUNT = "chat"


@dataclass(frozen=True, slots=True)
class WebSettings:
    """The settings of the web chat.

    public_url       where people reach us; https makes cookies secure
    secret_key       signs form tokens, and is what the key of rating codes is made of
    trusted_proxies  addresses whose X-Forwarded-For is believed
    zalo_account     id of the Zalo Official Account, empty where there is none
    kiosk_idle       seconds without a touch after which a counter tablet clears itself
    kiosk_end        the same after the last answer
    longest_text     characters of one message that the bot reads
    largest_file     bytes; `most_files` in one message
    upload_volume    bytes of files that one session may bring in a day
    posts, files     burst and refill per second of one session; an address may do `address_factor` times as much
    downloads        the same for files that are fetched, of a session or by one link
    """

    public_url: str
    secret_key: str = field(repr=False)
    trusted_proxies: frozenset[str] = frozenset()
    zalo_account: str = ""
    kiosk_idle: float = 60
    kiosk_end: float = 15
    longest_text: int = 10_000
    largest_file: int = 10_000_000
    most_files: int = 5
    upload_volume: int = 200_000_000
    posts: tuple[int, float] = (20, 1.0)
    files: tuple[int, float] = (20, 0.01)
    downloads: tuple[int, float] = (60, 0.5)
    address_factor: int = 10
    most_streams: int = 2_000

    @property
    def is_secure(self) -> bool:
        """Whether people reach us over https."""
        return urlsplit(self.public_url).scheme == "https"

    @property
    def token_key(self) -> TokenKey:
        """The key that rating codes are recognised by."""
        return TokenKey.of(self.secret_key)

    @property
    def origin(self) -> str:
        """Scheme and host of the public address, as browsers write it in `Origin`."""
        parts = urlsplit(self.public_url)
        return f"{parts.scheme}://{parts.netloc}"

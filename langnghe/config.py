"""The settings: read once at start from the environment and `.env`, checked whole, never read elsewhere.

`.env.example` describes each of them. A wrong one stops the start with one line that names it.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import NoDecode, SettingsConfigDict

from langnghe import setting_values as values
from langnghe.data_dir import own_secret_key, writable
from langnghe.settings_problems import Problem, SettingsError
from langnghe.zalo_bot_settings import ZALO_BOT_SECRETS, ZaloBotSettings, bot_missing_together
from langnghe.zalo_settings import ZALO_SECRETS, ZaloSettings
from langnghe.zalo_settings import missing_together as zalo_missing_together
from surveys.tokens import TokenKey

ENV_FILE = Path(".env")
TELEGRAM = "https://api.telegram.org"
TIMEZONE = "Asia/Ho_Chi_Minh"
SECRETS = (
    ZALO_SECRETS | ZALO_BOT_SECRETS
    | {"SECRET_KEY", "BACKUP_KEY", "TELEGRAM_BOT_TOKEN", "TELEGRAM_WEBHOOK_SECRET", "METRICS_TOKEN"}
)  # fmt: skip

Address = Annotated[str, AfterValidator(values.web_address)]


class Config(ZaloSettings, ZaloBotSettings):
    """Everything the environment decides. Frozen; its repr shows no secret.

    database_url             `sqlite:///…` or `postgresql://…`; default a file in `data_dir`
    http_port                0 = a free one, chosen by the system
    public_url               where people reach us, without a slash at its end
    secret_key               at least 32 characters; signs form tokens and rating codes: a new one ends all open slips
    backup_key               at least 32 characters; encrypts backups; None = the command line names a file with it
    telegram_bot_token       None = no Telegram
    telegram_webhook_secret  what Telegram sends along in webhook mode
    trusted_proxies          addresses whose X-Forwarded-For is believed
    metrics_token            whoever brings it may read /metrics; None = this machine only
    free_space_mb            megabytes of the disk that files of people must leave free; None = 1000, or 5 % if less
    """

    model_config = SettingsConfigDict(
        frozen=True,
        extra="ignore",
        validate_default=False,
        env_ignore_empty=True,
        env_file_encoding="utf-8",
        hide_input_in_errors=True,
    )

    data_dir: Annotated[Path, AfterValidator(values.folder)] = Path("data")
    database_url: Annotated[str, AfterValidator(values.database_address)] = Field(default="", repr=False)
    http_host: Annotated[str, AfterValidator(values.host)] = "127.0.0.1"
    http_port: Annotated[int, BeforeValidator(values.port)] = 8080
    public_url: Address = ""
    secret_key: Annotated[SecretStr, AfterValidator(values.secret)] = SecretStr("")
    backup_key: Annotated[SecretStr, AfterValidator(values.secret)] | None = None
    trusted_proxies: Annotated[frozenset[str], NoDecode, BeforeValidator(values.addresses)] = frozenset()
    telegram_bot_token: Annotated[SecretStr, AfterValidator(values.bot_token)] | None = None
    telegram_api_base: Address = TELEGRAM
    telegram_mode: Annotated[Literal["polling", "webhook"], BeforeValidator(values.mode)] = "polling"
    telegram_webhook_secret: Annotated[SecretStr, AfterValidator(values.webhook_secret)] | None = None
    metrics_token: Annotated[SecretStr, AfterValidator(values.webhook_secret)] | None = None
    free_space_mb: Annotated[int | None, BeforeValidator(values.megabytes)] = None
    timezone: Annotated[str, AfterValidator(values.only(TIMEZONE))] = TIMEZONE

    @property
    def is_https(self) -> bool:
        """Whether people reach us over TLS."""
        return self.public_url.startswith("https://")

    @property
    def spare_bytes(self) -> int | None:
        """How much of the disk files must leave free, in bytes; None for the default."""
        return None if self.free_space_mb is None else self.free_space_mb * 1_000_000

    @property
    def exports_folder(self) -> Path:
        """Where large exports lie until they are fetched."""
        return self.data_dir / "exports"

    @property
    def token_key(self) -> TokenKey:
        """The key that rating codes are written and recognised by."""
        return TokenKey.of(self.secret_key.get_secret_value())

    def completed(self) -> Self:
        """Fill in what follows from other settings: the folder from the root, the database file, the address."""
        data_dir = self.data_dir.expanduser().absolute()
        return self.model_copy(
            update={
                "data_dir": data_dir,
                "database_url": self.database_url or f"sqlite:///{data_dir / 'langnghe.db'}",
                "public_url": self.public_url or values.own_address(self.http_host, self.http_port),
            }
        )


def load_config(env_file: Path = ENV_FILE) -> Config:
    """Read and check all settings; make the data folder and, for a server on loopback, its own key.

    Raises SettingsError with one problem per setting; nothing is written then.
    """
    config = _read(env_file).completed()
    problems = [*values.misspelt(env_file, setting_names()), *_missing_together(config)]
    if problems:
        raise SettingsError(problems)
    problem = writable(config.data_dir)
    if problem:
        raise SettingsError([problem])
    if config.secret_key.get_secret_value():
        return config
    return config.model_copy(update={"secret_key": own_secret_key(config.data_dir)})


def _missing_together(config: Config) -> Iterator[Problem]:
    """Find what settings need of each other: what is open to others needs its secrets (R13)."""
    if not config.secret_key.get_secret_value() and (config.is_https or not values.is_loopback(config.http_host)):
        yield Problem("SECRET_KEY", "secret_key_missing")
    yield from zalo_missing_together(config)
    yield from bot_missing_together(config)
    if config.telegram_mode != "webhook":
        return
    if config.telegram_bot_token is None:
        yield Problem("TELEGRAM_BOT_TOKEN", "bot_token_missing")
    if config.telegram_webhook_secret is None:
        yield Problem("TELEGRAM_WEBHOOK_SECRET", "webhook_secret_missing")
    if config.telegram_api_base == TELEGRAM and not config.is_https:
        # Telegram calls https only; a Bot API server of one's own takes http as well.
        yield Problem("PUBLIC_URL", "webhook_needs_https", config.public_url)


def setting_names() -> tuple[str, ...]:
    """List the settings as people write them."""
    return tuple(name.upper() for name in Config.model_fields)


def open_settings(config: Config) -> dict[str, str]:
    """Return the settings that anybody may know, as texts: no secrets, and not the address with a password in it."""
    hidden = {*SECRETS, "DATABASE_URL"}
    return {name: str(getattr(config, name.lower())) for name in setting_names() if name not in hidden}


def _read(env_file: Path) -> Config:
    try:
        where: dict[str, Any] = {"_env_file": env_file}
        return Config(**where)
    except ValidationError as error:
        raise SettingsError(_problem(each) for each in error.errors(include_url=False)) from None
    except (OSError, UnicodeDecodeError):
        raise SettingsError([Problem(str(env_file), "env_file")]) from None


def _problem(found: Any) -> Problem:
    name = str(found["loc"][0]).upper()
    facts = {key: str(value) for key, value in found.get("ctx", {}).items()}
    return Problem(name, found["type"], None if name in SECRETS else values.shown(found["input"]), facts)

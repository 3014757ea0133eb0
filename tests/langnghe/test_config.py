import re
from pathlib import Path

import pytest

from langnghe.config import Config, load_config, setting_names
from langnghe.settings_problems import SettingsError
from langnghe.words import Words

ROOT = Path(__file__).parents[2]
KEY = "mJ4x-Zs8Qp1nR7vT2wY6kB9cL3dF5gH0-sample"
TOKEN = "123456:AAsample-token-sample-token"


def lines(monkeypatch: pytest.MonkeyPatch, **settings: str) -> list[str]:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        load_config()
    return [problem.line(Words("en")) for problem in refused.value.problems]


def test_without_any_setting_everything_is_local() -> None:
    config = load_config()
    assert config.data_dir == Path("data").absolute()
    assert config.database_url == f"sqlite:///{config.data_dir}/langnghe.db"
    assert config.public_url == "http://127.0.0.1:8080"
    assert config.telegram_bot_token is None


def test_the_key_of_a_loopback_server_is_made_once_and_for_its_user_only() -> None:
    first = load_config()
    again = load_config()
    file = first.data_dir / "secret.key"
    assert first.secret_key == again.secret_key
    assert len(first.secret_key.get_secret_value()) >= 32
    assert file.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in first.data_dir.iterdir()] == ["secret.key"]


def test_a_key_file_that_others_may_read_is_refused() -> None:
    load_config()
    Path("data/secret.key").chmod(0o644)
    with pytest.raises(SettingsError, match="chmod 600"):
        load_config()


def test_an_empty_key_file_is_refused() -> None:
    load_config()
    Path("data/secret.key").write_text("", encoding="ascii")
    with pytest.raises(SettingsError, match="delete it"):
        load_config()


def test_the_environment_goes_before_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("HTTP_PORT=9000\nDATA_DIR=elsewhere\n", encoding="utf-8")
    monkeypatch.setenv("HTTP_PORT", "9001")
    config = load_config()
    assert (config.http_port, config.data_dir.name) == (9001, "elsewhere")


def test_the_repr_shows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", KEY)
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", TOKEN)
    monkeypatch.setenv("TELEGRAM_WEBHOOK_SECRET", "sample-webhook-secret")
    monkeypatch.setenv("DATABASE_URL", "postgresql://mau:sample-password@localhost/langnghe")
    config = load_config()
    assert config.database_url == "postgresql://mau:sample-password@localhost/langnghe"
    assert not re.search(f"{KEY}|{TOKEN}|sample-", repr(config) + str(config))


def test_the_settings_cannot_be_changed() -> None:
    config = load_config()
    with pytest.raises(ValueError, match="frozen"):
        config.http_port = 1


def test_a_hosting_service_may_say_postgres(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://localhost/langnghe")
    assert load_config().database_url == "postgresql://localhost/langnghe"


@pytest.mark.parametrize(
    ("setting", "value", "line"),
    [
        ("HTTP_PORT", "80a", "HTTP_PORT = '80a': needs a whole number from 0 to 65535"),
        ("HTTP_PORT", "65536", "HTTP_PORT = '65536': needs a whole number"),
        ("HTTP_PORT", "-1", "HTTP_PORT = '-1': needs a whole number"),
        ("HTTP_HOST", "http://x", "HTTP_HOST = 'http://x': needs an IP address"),
        ("PUBLIC_URL", "langnghe.vn", "PUBLIC_URL = 'langnghe.vn': needs an address such as https://"),
        ("PUBLIC_URL", "https://a.vn/x", "PUBLIC_URL = 'https://a.vn/x': needs an address"),
        ("PUBLIC_URL", "http://a:b@c.vn", "PUBLIC_URL = 'http://…@c.vn': needs an address"),
        ("PUBLIC_URL", "http://a.vn:99999", "PUBLIC_URL = 'http://a.vn:99999': needs an address"),
        ("DATABASE_URL", "mysql://a:b@c/d", "DATABASE_URL = 'mysql://…@c/d': needs sqlite:///path/file.db"),
        ("DATABASE_URL", "sqlite://", "DATABASE_URL = 'sqlite://': needs sqlite:///path/file.db"),
        ("DATABASE_URL", "sqlite:///:memory:", "DATABASE_URL = 'sqlite:///:memory:': needs"),
        ("DATABASE_URL", "langnghe.db", "DATABASE_URL = 'langnghe.db': needs sqlite:///path/file.db"),
        ("SECRET_KEY", "short", "SECRET_KEY: is too short or easily guessed, needs at least 32"),
        ("SECRET_KEY", "changeme" * 8, "SECRET_KEY: is too short or easily guessed"),
        ("TELEGRAM_BOT_TOKEN", "abc", "TELEGRAM_BOT_TOKEN: is not what BotFather gives"),
        ("TELEGRAM_API_BASE", "api.telegram.org", "TELEGRAM_API_BASE = 'api.telegram.org': needs an address"),
        ("TELEGRAM_MODE", "poll", "TELEGRAM_MODE = 'poll': can be polling or webhook only"),
        ("TELEGRAM_WEBHOOK_SECRET", "short", "TELEGRAM_WEBHOOK_SECRET: needs 16 to 256 characters"),
        ("TELEGRAM_WEBHOOK_SECRET", "with spaces is no good", "TELEGRAM_WEBHOOK_SECRET: needs 16 to 256"),
        ("ZALO_BUTTONS", "both", "ZALO_BUTTONS = 'both': can be only: plain, template_type"),
        ("ZALO_SPEND", "always", "ZALO_SPEND = 'always': can be only: never, billed"),
        ("ZALO_BILLED_PRICE", "free", "ZALO_BILLED_PRICE = 'free': needs a whole number from 0 to 100000"),
        ("ZALO_SPEND_CAP", "-5", "ZALO_SPEND_CAP = '-5': needs a whole number from 0 to"),
        ("ZALO_HUMAN_MINUTES", "1441", "ZALO_HUMAN_MINUTES = '1441': needs a whole number from 0 to 1440"),
        ("ZALO_FORM_PICTURE", "http://a.vn/x.jpg", "ZALO_FORM_PICTURE = 'http://a.vn/x.jpg': needs the https address"),
        ("ZALO_FILE_HOSTS", "zdn.vn, vn", "ZALO_FILE_HOSTS = 'zdn.vn, vn': needs domains"),
        ("ZALO_FILE_HOSTS", "http://a.vn/x", "ZALO_FILE_HOSTS = 'http://a.vn/x': needs an address"),
        ("ZALO_OAUTH_BASE", "oauth", "ZALO_OAUTH_BASE = 'oauth': needs an address"),
        ("ZALO_PKCE_VERIFIER", "short", "ZALO_PKCE_VERIFIER: needs 43 to 128 characters"),
        ("TIMEZONE", "UTC", "TIMEZONE = 'UTC': can be Asia/Ho_Chi_Minh only"),
        ("TRUSTED_PROXIES", "10.0.0.5, proxy", "TRUSTED_PROXIES = '10.0.0.5, proxy': needs IP addresses"),
    ],
)
def test_a_wrong_value_is_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch, setting: str, value: str, line: str
) -> None:
    [said] = lines(monkeypatch, **{setting: value})
    assert said.startswith(line)
    assert "\n" not in said
    assert not Path("data").exists(), "nothing half done"


def test_all_wrong_values_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    said = lines(monkeypatch, HTTP_PORT="x", TIMEZONE="UTC", TELEGRAM_MODE="y", SECRET_KEY="z")
    assert [line.split(" ")[0].rstrip(":") for line in said] == [
        "HTTP_PORT", "SECRET_KEY", "TELEGRAM_MODE", "TIMEZONE",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "settings", [{"PUBLIC_URL": "https://mau.vn"}, {"HTTP_HOST": "192.168.1.5"}, {"HTTP_HOST": "::"}]
)
def test_a_server_open_to_others_needs_a_key(monkeypatch: pytest.MonkeyPatch, settings: dict[str, str]) -> None:
    [said] = lines(monkeypatch, **settings)
    assert said.startswith("SECRET_KEY: is missing, and the server is open to others")


def test_a_webhook_needs_token_secret_and_https(monkeypatch: pytest.MonkeyPatch) -> None:
    said = lines(monkeypatch, TELEGRAM_MODE="webhook", TELEGRAM_WEBHOOK_SECRET="")
    assert [line.split(" ")[0].rstrip(":") for line in said] == [
        "TELEGRAM_BOT_TOKEN", "TELEGRAM_WEBHOOK_SECRET", "PUBLIC_URL",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"ZALO_APP_ID": "1234567"}, ["ZALO_APP_SECRET", "ZALO_OA_ID"]),
        ({"ZALO_APP_SECRET": "sample", "ZALO_OA_ID": "1234567"}, ["ZALO_APP_ID"]),
        ({"ZALO_OA_SECRET_KEY": "sample"}, ["ZALO_OA_ID"]),
        ({"ZALO_SPEND": "billed"}, ["ZALO_SPEND_CAP"]),
    ],
)
def test_what_zalo_needs_comes_together(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], missing: list[str]
) -> None:
    assert [line.split(":")[0] for line in lines(monkeypatch, **given)] == missing


def test_zalo_without_its_webhook_key_is_in_set_up(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ZALO_APP_ID", "ZALO_OA_ID"):
        monkeypatch.setenv(name, "1234567890123456789")
    monkeypatch.setenv("ZALO_APP_SECRET", "a-sample-app-secret")
    config = load_config()
    assert (config.has_zalo, config.zalo_oa_secret_key.get_secret_value()) == (True, "")
    assert "a-sample-app-secret" not in repr(config)


def test_a_folder_that_cannot_be_written_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="ascii")
    [said] = lines(monkeypatch, DATA_DIR=str(tmp_path / "file" / "data"))
    assert said.endswith("(Not a directory); give the right to write, or choose another folder")


def test_a_misspelt_setting_in_the_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("TELEGRAM_BOTTOKEN=1\nSOMETHING_ELSE=2\n", encoding="utf-8")
    [said] = lines(monkeypatch)
    assert said == "TELEGRAM_BOTTOKEN: there is no such setting; did you mean TELEGRAM_BOT_TOKEN?"


def test_a_file_that_is_no_text_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_bytes(b"HTTP_PORT=\xff\xfe")
    [said] = lines(monkeypatch)
    assert said.startswith(".env: this file cannot be read")


def test_the_example_describes_every_setting_with_its_default() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    written = dict(re.findall(r"^([A-Z_]+)=(.*)$", text, re.MULTILINE))
    assert sorted(written) == sorted(setting_names())
    for paragraph in text.split("\n\n"):
        assert paragraph.startswith("#"), f"a comment stands before: {paragraph}"
    for name, value in written.items():
        default = Config.model_fields[name.lower()].get_default()
        assert not value or str(default) == value.removeprefix("./"), name


def test_the_example_can_be_used_as_it_is() -> None:
    Path(".env").write_text((ROOT / ".env.example").read_text(encoding="utf-8"), encoding="utf-8")
    assert load_config().public_url == "http://127.0.0.1:8080"

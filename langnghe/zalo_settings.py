"""The settings of the Zalo Official Account; `.env.example` describes each of them."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, SecretStr
from pydantic_settings import BaseSettings

from langnghe import setting_values as values
from langnghe.settings_problems import Problem

OAUTH = "https://oauth.zaloapp.com"
OPENAPI = "https://openapi.zalo.me"
BUSINESS = "https://business.openapi.zalo.me"
FILE_HOSTS = "zdn.vn"
"""Zalo brings the addresses of sent files on this domain and below it (zalo.md A4)."""

Address = Annotated[str, AfterValidator(values.web_address)]
Number = Annotated[str, AfterValidator(values.zalo_number)]


class ZaloSettings(BaseSettings):
    """What connects one Official Account; without any of the first three there is no Zalo.

    zalo_oa_secret_key  signs webhooks; "" = set-up mode: the console gives it only once our address is saved there
    zalo_pkce_verifier  the one that the console's Code Challenge was made of
    zalo_domain_code    stands in the file that shows Zalo's console that the domain is ours; "" = no such file
    zalo_buttons        whether a message with buttons names its kind of template: nobody could verify which is wanted
    zalo_spend          whether a message outside the free 48 hours may cost money
    zalo_spend_cap      VND that may be spent in a month
    zalo_billed_price   VND of one message between 48 hours and 7 days: Zalo tells it nowhere, its price list does
    zalo_file_hosts     where sent files may be fetched: domains with all below them, or whole addresses; commas between
    zalo_shared_phone   whether a number that somebody submits is believed to be his own
    zalo_form_picture   https address of the picture in Zalo's form for a telephone number; "" = numbers are typed only
    zalo_human_minutes  the bot is silent so long after somebody answered by hand in OA Manager; 0 = never
    """

    zalo_app_id: Number = ""
    zalo_app_secret: SecretStr = SecretStr("")
    zalo_oa_id: Number = ""
    zalo_oa_secret_key: SecretStr = SecretStr("")
    zalo_pkce_verifier: Annotated[SecretStr, AfterValidator(values.pkce_verifier)] = SecretStr("")
    zalo_domain_code: Annotated[str, AfterValidator(values.domain_code)] = ""
    zalo_oauth_base: Address = OAUTH
    zalo_openapi_base: Address = OPENAPI
    zalo_business_base: Address = BUSINESS
    zalo_buttons: Annotated[
        Literal["plain", "template_type"], BeforeValidator(values.one_of("plain", "template_type"))
    ] = "plain"
    zalo_spend: Annotated[Literal["never", "billed"], BeforeValidator(values.one_of("never", "billed"))] = "never"
    zalo_spend_cap: Annotated[int, BeforeValidator(values.amount(1_000_000_000))] = 0
    zalo_billed_price: Annotated[int, BeforeValidator(values.amount(100_000))] = 55
    zalo_file_hosts: Annotated[str, AfterValidator(values.file_hosts)] = FILE_HOSTS
    zalo_shared_phone: Annotated[Literal["ignore", "trust"], BeforeValidator(values.one_of("ignore", "trust"))] = (
        "ignore"
    )
    zalo_form_picture: Annotated[str, AfterValidator(values.https_picture)] = ""
    zalo_human_minutes: Annotated[int, BeforeValidator(values.amount(1440))] = 120

    @property
    def has_zalo(self) -> bool:
        """Whether an Official Account is connected."""
        return bool(self.zalo_oa_id)


ZALO_SECRETS = frozenset({"ZALO_APP_SECRET", "ZALO_OA_SECRET_KEY", "ZALO_PKCE_VERIFIER"})


def missing_together(config: ZaloSettings) -> Iterator[Problem]:
    """Find what an Official Account still needs: app id, app secret and OA id go together."""
    given = {
        "ZALO_APP_ID": bool(config.zalo_app_id),
        "ZALO_APP_SECRET": bool(config.zalo_app_secret.get_secret_value()),
        "ZALO_OA_ID": bool(config.zalo_oa_id),
    }
    if any(given.values()) and not all(given.values()):
        yield from (Problem(name, "zalo_missing") for name, is_given in given.items() if not is_given)
    if config.zalo_oa_secret_key.get_secret_value() and not any(given.values()):
        yield Problem("ZALO_OA_ID", "zalo_missing")
    if config.zalo_spend == "billed" and not config.zalo_spend_cap:
        yield Problem("ZALO_SPEND_CAP", "zalo_cap_missing")

"""All scripts under their names."""

from collections.abc import Mapping

from bot.handlers import contact, lookup, menu, my_data, news, officials, petition, phone_news, rating, results
from bot.scenes import ScriptSpec

SCRIPTS: Mapping[str, ScriptSpec] = {
    spec.name: spec
    for module in (menu, rating, petition, lookup, my_data, contact, phone_news, news, results, officials)
    for spec in module.SCRIPTS
}

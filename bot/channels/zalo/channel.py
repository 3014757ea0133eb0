"""The Zalo channel: one official account, called so that nothing is raised, lost or told twice by mistake."""

import logging

from bot.channels.zalo.attachments import Attachments
from bot.channels.zalo.client import ZaloClient
from bot.channels.zalo.contact_form import contact_form
from bot.channels.zalo.files import FileHosts, fetch
from bot.channels.zalo.rendering import LONGEST_TEXT, MOST_BUTTONS, messages, without_buttons
from bot.channels.zalo.seal import Seal
from bot.channels.zalo.sending import send_consultation, send_reaction
from bot.messages import Capabilities, Outgoing, SendOutcome, SendResult

log = logging.getLogger(__name__)

CAPABILITIES = Capabilities(
    longest_text=LONGEST_TEXT, buttons=MOST_BUTTONS, edits=False, files=True, location=True, contact=True
)


class ZaloChannel:
    """One official account. Opens no connection before the first call; `close` ends it.

    account  the official account's id
    client   what calls Zalo
    """

    capabilities = CAPABILITIES

    def __init__(
        self,
        client: ZaloClient,
        seal: Seal,
        hosts: FileHosts,
        attachments: Attachments,
        *,
        names_template: bool = False,
        picture: str = "",
    ) -> None:
        """Prepare.

        hosts           where sent files may be fetched
        attachments     sends our own, by the same client
        names_template  see `zalo_rendering.messages`
        picture         https address of the picture that Zalo's form for a telephone number shows; empty: no form
        """
        self.account = seal.account
        self.client = client
        self._seal = seal
        self._hosts = hosts
        self._attachments = attachments
        self._names_template = names_template
        self._picture = picture

    async def close(self) -> None:
        """Close the connections."""
        await self.client.close()

    async def send(self, chat: str, outgoing: Outgoing) -> SendResult:
        """Send a message in as many parts as it needs, or with its file. Never raises."""
        if outgoing.file is not None:
            sent = await self._attachments.send(chat, outgoing, outgoing.file)
            if isinstance(sent, SendResult):
                return sent
            outgoing = sent
        parts = messages(outgoing, chat, self._seal, names_template=self._names_template)
        result = await send_consultation(self.client, chat, parts, without_buttons(outgoing, len(parts) - 1))
        if result.outcome is SendOutcome.SENT and outgoing.wants == "contact" and self._picture:
            form = contact_form(outgoing.language, self._picture)
            added = await send_consultation(self.client, chat, [form], ())
            if added.outcome is not SendOutcome.SENT:  # the question asks to type the number, too
                log.warning("Zalo's form for a telephone number could not be shown: %s", added.reason)
        return result

    def parts(self, chat: str, outgoing: Outgoing) -> int:
        """Count the messages that one goes in, also if Zalo refuses its buttons: each is billed."""
        earlier = len(messages(outgoing, chat, self._seal, names_template=self._names_template)) - 1
        return earlier + len(without_buttons(outgoing, earlier))

    async def clear_buttons(self, _chat: str, message_ref: str) -> SendResult:
        """Leave the buttons of an old message where they are: Zalo cannot take them away, and says which was pressed.

        A press of one is answered as an old one.
        """
        return SendResult(SendOutcome.SENT, message_ref=message_ref)

    async def react(self, chat: str, message_ref: str) -> SendResult:
        """Put a thumb up onto a message that the person sent: it has arrived (zalo.md A7). Never raises."""
        return await send_reaction(self.client, chat, message_ref)

    async def fetch_file(self, ref: str, limit: int) -> bytes:
        """Return the content of a file that a person sent: `ref` is its address.

        Raises FileGone (never to be had) or downloads.FileUnavailable (try again).
        """
        return await fetch(ref, limit, self._hosts)

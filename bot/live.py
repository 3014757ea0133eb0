"""Scripts kept where they stand, so that a reply need not play all again that was said before it.

Nothing rests on them. Where a script stands follows from what it was started with and from its journal, and it is taken
up again only if what is stored is exactly what it stands at; else it is played from its journal as ever. So an undone
transaction, another worker and a restart ask for no care.
"""

from dataclasses import dataclass, field

from bot.dialogue import Play
from storage.conversations import Conversation

MOST_KEPT = 1_000
"""Scripts kept: some kilobytes each. Those who write at the same time are far fewer."""


@dataclass(frozen=True, slots=True)
class _Kept:
    scene: object
    stored: Conversation
    play: Play

    def is_of(self, stored: Conversation, scene: object) -> bool:
        own = self.stored
        return own.journal == stored.journal and own.script == stored.script and self.scene == scene


@dataclass(slots=True)
class Live:
    """The scripts that this process played last, by the number of their conversation."""

    most: int = MOST_KEPT
    _kept: dict[int, _Kept] = field(default_factory=dict)

    def take(self, stored: Conversation, scene: object) -> Play | None:
        """Return the script that stands where this conversation does, if there is one; it is not kept any more."""
        kept = self._kept.pop(stored.id, None)
        return kept.play if kept and kept.is_of(stored, scene) else None

    def keep(self, stored: Conversation, scene: object, play: Play) -> None:
        """Keep a script that waits at an open question; `stored` is its conversation as it was saved just now.

        scene  all that the script knows beside the journal, comparable by value
        """
        if play.stands_at(stored.journal):
            self._kept[stored.id] = _Kept(scene, stored, play)
            if len(self._kept) > self.most:
                del self._kept[next(iter(self._kept))]

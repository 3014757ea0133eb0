"""The door of every page: who may come in, decided anew on each request."""

from enum import StrEnum

from offices.staff import Right, Staff, rights


class Door(StrEnum):
    """A door that needs no right: open to everybody, or to whoever is signed in."""

    PUBLIC = "public"
    SIGNED_IN = "signed_in"


Access = Door | Right | frozenset[Right]
"""Who may come in; of several rights one is enough."""


def may_enter(access: Access, official: Staff) -> bool:
    """Say whether a signed-in official may come in; what he may see inside is decided there."""
    if isinstance(access, Door):
        return True
    wanted = access if isinstance(access, frozenset) else frozenset({access})
    return bool(wanted & rights(official))

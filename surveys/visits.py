"""What a rating is about: the visit. `surveys.tokens` has the codes that prove one."""

from dataclasses import dataclass
from enum import StrEnum

from offices.units import Tier


class Service(StrEnum):
    """What the citizen used: a procedure, another service of the agency, or a public service (school, clinic)."""

    TTHC = "tthc"
    AGENCY = "agency"
    PUBLIC_SERVICE = "public_service"


class Access(StrEnum):
    """How a rating came about; the three are kept apart in every figure.

    VERIFIED   the citizen alone, of a visit that a token or an invitation proves
    OPEN       the citizen alone, without proof: a poster, a link, a linked chat
    ASSISTED   somebody else filled it in for the citizen, proved or not: a helper's hand may be in it
    """

    VERIFIED = "verified"
    OPEN = "open"
    ASSISTED = "assisted"


@dataclass(frozen=True)
class Visit:
    """One occasion to rate.

    unit        code of the rated unit, as of the day of the visit
    field       code of the field, None when it is not known
    dossier     code of the dossier that ended with this visit; each dossier is a round of its own
    verified    the visit is proved by a token or an invitation; otherwise an open rating (poster)
    assisted    somebody of the office filled it in for the citizen: then it is not `verified`, whatever proves it
    procedure   code of the procedure, kept for drill-down
    level       of the dossier's procedure, None when it is not known
    """

    unit: str
    field: str | None
    service: Service
    dossier: str | None = None
    verified: bool = False
    assisted: bool = False
    procedure: str | None = None
    level: Tier | None = None

    @property
    def access(self) -> Access:
        """How its rating comes about."""
        if self.assisted:
            return Access.ASSISTED
        return Access.VERIFIED if self.verified else Access.OPEN

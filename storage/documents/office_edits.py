"""What is taken out of the parts of Word and Excel documents (ECMA-376, [MS-DOCX], [MS-XLSX])."""

import re
from collections.abc import Collection
from functools import lru_cache
from posixpath import dirname, join, normpath
from urllib.parse import unquote

from storage.documents.markup import Attributes, local

LEFT_OUT_RELATIONS = frozenset(
    {
        "core-properties", "extended-properties", "custom-properties", "thumbnail", "customxml", "customproperty",
        "person", "people", "threadedcomment", "documenttask", "documenttasks", "printersettings", "attachedtemplate",
        "mailmergesource", "mailmergeheadersource", "origin", "revisionheaders", "usernames", "classificationlabels",
    }
)  # fmt: skip
"""Kinds of parts that say who wrote a document, or on which machine; by the last word of the kind's address."""
LEFT_OUT_ELEMENTS = frozenset(
    {
        "attachedTemplate", "rsids", "docVars", "mailMerge", "absPath", "fileSharing", "printerSettings",
        "customProperties",
    }
)  # fmt: skip
EMPTIED_ATTRIBUTES = frozenset(
    {"author", "initials", "refreshedBy", "userName", "lastModifiedBy", "connection", "sourceFile", "odcFile"}
)
_WEB = re.compile(r"(?:https?|mailto|tel|ftp):|#", re.IGNORECASE)
_LOCAL_PATH = re.compile(r"file:|[A-Za-z]:[\\/]|\\\\|/(?:home|Users)/", re.IGNORECASE)


class PartEdit:
    """Takes authors, machines and paths out of a part; contents stay."""

    def __init__(self) -> None:
        """Begin a part."""
        self._current = ""
        self._authors: list[str] = []

    def element(self, name: str, attributes: Attributes) -> Attributes | None:
        """Empty the attributes that name a person; leave out what points to parts that are left out."""
        self._current = element = local(name)
        if element in LEFT_OUT_ELEMENTS:
            return None
        return [
            (key, "" if _is_emptied(key, value) else value)
            for key, value in attributes
            if not _is_dropped(element, key)
        ]

    def text(self, text: str) -> str:
        """Empty the list of authors of a sheet's comments, and the name that Excel writes before each comment."""
        if self._current == "author":
            self._authors += [text] if text.strip() else []
            return ""
        said = next((text[len(name) + 1 :] for name in self._authors if text.startswith(f"{name}:")), None)
        return text if said is None else said


@lru_cache(4096)
def _is_dropped(element: str, key: str) -> bool:
    name = local(key)
    if name.startswith("rsid"):
        return True  # random numbers that show which documents one person wrote
    return (element == "pageSetup" and name == "id") or (element == "scenario" and name in ("user", "comment"))


def _is_emptied(key: str, value: str) -> bool:
    name = local(key)
    return name in EMPTIED_ATTRIBUTES or (name == "descr" and _LOCAL_PATH.match(value) is not None)


class RelationsEdit:
    """Leaves out relations to parts that are left out, and finds those that are kept."""

    def __init__(self, source: str) -> None:
        """Begin the relations of the part `source`; of the whole document if it is empty."""
        self._folder = dirname(source)
        self.targets: list[str] = []

    def element(self, name: str, attributes: Attributes) -> Attributes | None:
        """Keep a relation with its target; of a file elsewhere only the name is kept, not the path to it."""
        if local(name) != "Relationship":
            return attributes
        given = dict(attributes)
        kind, target = given.get("Type", "").rpartition("/")[2].lower(), given.get("Target", "")
        if kind in LEFT_OUT_RELATIONS:
            return None
        if given.get("TargetMode") == "External":
            kept = target if _WEB.match(target) else re.split(r"[\\/]", target)[-1]
            return [(key, kept if key == "Target" else value) for key, value in attributes]
        self.targets.append(normpath(join("/", self._folder, unquote(target))).lstrip("/"))
        return attributes

    def text(self, text: str) -> str:
        """Keep white space."""
        return text


class TypesEdit:
    """Leaves out the types of parts that are left out."""

    def __init__(self, kept: Collection[str]) -> None:
        """Keep the types of these parts, named in small letters."""
        self._kept = kept

    def element(self, name: str, attributes: Attributes) -> Attributes | None:
        """Leave out an override whose part is not there."""
        if local(name) != "Override":
            return attributes
        part = unquote(dict(attributes).get("PartName", "")).lstrip("/").lower()
        return attributes if part in self._kept else None

    def text(self, text: str) -> str:
        """Keep white space."""
        return text

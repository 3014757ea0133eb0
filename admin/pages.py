"""Pages: one frozen dataclass each, placed by the template it names; templates decide nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from jinja2 import Environment, PackageLoader, StrictUndefined

from admin.static_files import static_files
from admin.words import Words
from storage.reference import Reference


@dataclass(frozen=True)
class Page:
    """What a template is given as `page`; each page is a subclass that names its template."""

    template: ClassVar[str]


@dataclass(frozen=True)
class NavItem:
    """One entry of the navigation: its text is `nav.<key>`."""

    key: str
    path: str


@dataclass(frozen=True)
class Alarm:
    """One line above every page that says what does not work; `path` leads to where it is put right."""

    text: str
    path: str = ""
    is_grave: bool = True


@dataclass(frozen=True)
class Frame:
    """What stands around every page.

    path       address of the page, to come back to after another language was chosen
    section    key of the navigation entry this page belongs to
    form_token goes with every form, against forged ones
    done       key of a text that tells what was just done, under `done.`
    person     name of who is signed in, None for the public
    alarms     what does not work now, for whoever is signed in
    """

    words: Words
    reference: Reference
    authority: str
    path: str
    form_token: str
    section: str = ""
    navigation: Sequence[NavItem] = ()
    person: str | None = None
    unit: str | None = None
    done: str | None = None
    alarms: Sequence[Alarm] = ()

    def questionnaire(self, code: str) -> str:
        """Name a questionnaire in the reader's language, by its newest version."""
        known = self.reference.questionnaires
        return self.words.name(known.load(code).title) if code in known.codes() else code


class Templates:
    """All templates, each compiled when it is first needed: all of them would hold up every start by half a second."""

    def __init__(self) -> None:
        """Find the templates in admin/templates."""
        self._environment = Environment(
            loader=PackageLoader("admin", "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.globals["static"] = _address

    def compile_all(self) -> None:
        """Compile every template. Raises jinja2.TemplateError for one that is broken."""
        for name in self.names:
            self._environment.get_template(name)

    @property
    def names(self) -> list[str]:
        """The names of all templates."""
        return self._environment.list_templates()

    def html(self, page: Page, frame: Frame) -> str:
        """Write a page."""
        template = self._environment.get_template(page.template)
        return template.render(page=page, frame=frame, w=frame.words, t=frame.words.t)


def _address(name: str) -> str:
    return static_files()[name].address

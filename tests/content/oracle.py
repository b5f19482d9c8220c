"""What a linked tree must print, by Jinja's own sandbox and gettext at run time: slow, plain, and no kin to the compiler."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from jinja2 import nodes, pass_context
from jinja2.runtime import Context, LoopContext
from jinja2.sandbox import SandboxedEnvironment

from orchestrator.content.catalogs import Catalog, String
from orchestrator.content.filters import FORMATS, TESTS, Function, Sandbox
from orchestrator.content.formats import Formats
from orchestrator.content.functions import bounded_range, calculation, functions, listed
from orchestrator.content.media import Medium, Text
from orchestrator.content.values import needed

Program = Callable[[Mapping[str, Any], Any], str]


class Jinja(Sandbox):
    """The sandbox, as Jinja compiles it."""

    intercepted_binops = frozenset({"*", "%"})

    def __init__(self, medium: Medium, catalog: Catalog) -> None:
        super().__init__(autoescape=medium.html, finalize=lambda value: medium.composed(medium.show(value)))
        self.binop_table |= {sign: calculation(sign) for sign in self.intercepted_binops}
        self.globals |= {"range": bounded_range, **gettext(medium, catalog)}
        self.filters = {**functions(medium, catalog), **_formatting(medium)}
        self.tests = dict(TESTS)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Loops are Jinja's own; everything else is data."""
        own = isinstance(obj, LoopContext)
        return SandboxedEnvironment.getattr(self, obj, attribute) if own else super().getattr(obj, attribute)


def gettext(medium: Medium, catalog: Catalog) -> Mapping[str, Function]:
    """The functions that translate, one look into the catalog for each call."""

    def filled(text: str, values: Mapping[str, Any]) -> str:
        def printed(found: re.Match[str]) -> str:
            return "%" if found[0] == "%%" else medium.show(values[found[1]])

        return medium.composed(re.sub(r"%%|%\((\w+)\)[sd]", printed, text))

    def singular(text: str, **values: Any) -> str:
        return filled(catalog.singular(String(text)), values)

    def counted(text: str, plural: str, number: Any, **values: Any) -> str:
        return filled(
            catalog.forms(String(text, plural))[catalog.plural_index(needed(number))], {"num": number, **values}
        )

    def in_context(context: str, text: str, **values: Any) -> str:
        return filled(catalog.singular(String(text, context=context)), values)

    def counted_in(context: str, text: str, plural: str, number: Any, **values: Any) -> str:
        forms = catalog.forms(String(text, plural, context))
        return filled(forms[catalog.plural_index(needed(number))], {"num": number, **values})

    return {"_": singular, "gettext": singular, "ngettext": counted, "pgettext": in_context, "npgettext": counted_in}


def interpreted(tree: Sequence[nodes.Node], medium: Medium, catalog: Catalog) -> Program:
    """A function from a person's values and formats to a field's text."""
    jinja = Jinja(medium, catalog)
    code = jinja.compile(nodes.Template(list(tree), lineno=1), "field", "field")
    template = jinja.template_class.from_code(jinja, code, jinja.make_globals(None))

    def run(values: Mapping[str, Any], formats: Any) -> str:
        context = template.new_context({**values, "_formats": formats})
        return "".join(template.root_render_func(context))

    return run


def _formatting(medium: Medium) -> Mapping[str, Function]:
    """The filters that write a value as the reader's locale does."""
    methods: dict[str, Function] = {name: _composed(getattr(Formats, name)) for name in FORMATS}
    return {name: _with_formats(write) for name, write in {**methods, "list": partial(listed, medium)}.items()}


def _composed(write: Function) -> Function:
    return lambda *args, **kwargs: Text(write(*args, **kwargs))


def _with_formats(write: Function) -> Function:
    @pass_context
    def apply(context: Context, value: Any, *args: Any, **kwargs: Any) -> str:
        return write(context["_formats"], needed(value), *args, **kwargs)

    return apply

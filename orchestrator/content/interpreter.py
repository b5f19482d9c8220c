"""A localised tree, run by Jinja's own sandbox."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jinja2 import nodes, pass_context
from jinja2.runtime import Context

from orchestrator.content.bidi import Direction, show_html, show_plain
from orchestrator.content.catalogs import Catalog
from orchestrator.content.filters import FORMATS, TESTS, Sandbox, bounded_range, formatted, functions

Program = Callable[[Mapping[str, Any], Any], str]


def interpreted(tree: Sequence[nodes.Node], html: bool, direction: Direction, catalog: Catalog) -> Program:
    """A function from a person's values and formats to a field's text."""
    show = show_html(direction) if html else show_plain(direction)
    sandbox = Sandbox(autoescape=html, finalize=show)
    sandbox.globals["range"] = bounded_range
    sandbox.filters = {**functions(html, direction, catalog), **{name: _format(name, show) for name in FORMATS}}
    sandbox.tests = dict(TESTS)
    code = sandbox.compile(nodes.Template(list(tree), lineno=1), "field", "field")
    template = sandbox.template_class.from_code(sandbox, code, sandbox.make_globals(None))

    def run(values: Mapping[str, Any], formats: Any) -> str:
        context = template.new_context({**values, "_formats": formats})
        return "".join(template.root_render_func(context))

    return run


def _format(name: str, show: Callable[[Any], str]) -> Callable[..., str]:
    @pass_context
    def apply(context: Context, value: Any, *args: Any, **kwargs: Any) -> str:
        return formatted(name, context["_formats"], show, value, args, kwargs)

    return apply

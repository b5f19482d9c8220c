"""A localised tree, run by Jinja's own sandbox."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jinja2 import nodes, pass_context
from jinja2.runtime import Context

from orchestrator.content.catalogs import Catalog
from orchestrator.content.filters import TESTS, Function, Sandbox
from orchestrator.content.functions import bounded_range, formatters, functions
from orchestrator.content.media import Medium

Program = Callable[[Mapping[str, Any], Any], str]


def interpreted(tree: Sequence[nodes.Node], medium: Medium, catalog: Catalog) -> Program:
    """A function from a person's values and formats to a field's text."""
    sandbox = Sandbox(autoescape=medium.html, finalize=medium.show)
    sandbox.globals["range"] = bounded_range
    sandbox.filters = {
        **functions(medium, catalog),
        **{name: _with_formats(write) for name, write in formatters(medium).items()},
    }
    sandbox.tests = dict(TESTS)
    code = sandbox.compile(nodes.Template(list(tree), lineno=1), "field", "field")
    template = sandbox.template_class.from_code(sandbox, code, sandbox.make_globals(None))

    def run(values: Mapping[str, Any], formats: Any) -> str:
        context = template.new_context({**values, "_formats": formats})
        return "".join(template.root_render_func(context))

    return run


def _with_formats(write: Function) -> Function:
    @pass_context
    def apply(context: Context, value: Any, *args: Any, **kwargs: Any) -> str:
        return write(context["_formats"], value, *args, **kwargs)

    return apply

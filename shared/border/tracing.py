"""OpenTelemetry, the border: one trace follows a photo through all functions.

The context travels as W3C Trace Context: in the header `traceparent` of a request, and in an
attribute of that name of a message. Spans are not exported; their ids are logged, and Cloud Logging
joins them with the spans that Cloud Run records for requests.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import NamedTuple

from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import Tracer, format_span_id, format_trace_id
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_CONTEXT = TraceContextTextMapPropagator()


class Ids(NamedTuple):
    """The ids of the current trace and span, in hex."""

    trace: str
    span: str


@contextmanager
def span(name: str, carrier: Mapping[str, str]) -> Iterator[None]:
    """A span; it continues the trace in `carrier`, or begins one."""
    with _tracer().start_as_current_span(name, context=_CONTEXT.extract(carrier)):
        yield


def ids() -> Ids | None:
    """The ids of the span that is open in this thread, or None."""
    context = trace.get_current_span().get_span_context()
    if not context.is_valid:
        return None
    return Ids(format_trace_id(context.trace_id), format_span_id(context.span_id))


def carrier() -> dict[str, str]:
    """The trace context for a message or a request, for its receiver to continue the trace."""
    taken: dict[str, str] = {}
    _CONTEXT.inject(taken)
    return taken


@cache
def _tracer() -> Tracer:
    return TracerProvider().get_tracer("darkroom")

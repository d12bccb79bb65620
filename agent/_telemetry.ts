// SPDX-License-Identifier: Apache-2.0

import {
  type Attributes,
  type Context,
  context,
  isSpanContextValid,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";

/** A span under way, and the context in which the work that it measures runs. */
export interface Measured {
  readonly span: Span;
  /** Runs each step of a stream inside the span, so that requests to vendors belong to it. */
  within<T>(open: () => AsyncIterable<T>): AsyncIterable<T>;
}

/** Begins the span of one call of a model. */
export function measureChat(model: string, attributes: Attributes): Measured {
  return measure(`chat ${model}`, SpanKind.CLIENT, {
    "gen_ai.operation.name": "chat",
    "gen_ai.request.model": model,
    ...attributes,
  });
}

/** Begins the span of one run of a tool. */
export function measureTool(name: string, attributes: Attributes): Measured {
  return measure(`execute_tool ${name}`, SpanKind.INTERNAL, {
    "gen_ai.operation.name": "execute_tool",
    "gen_ai.tool.name": name,
    "gen_ai.tool.type": "function",
    ...attributes,
  });
}

/** Marks a span as failed. */
export function markFailed(span: Span, type: string): void {
  span.setAttribute("error.type", type);
  span.setStatus({ code: SpanStatusCode.ERROR });
}

function measure(name: string, kind: SpanKind, attributes: Attributes): Measured {
  const span = trace.getTracer("@sigil/agent").startSpan(name, { kind, attributes });
  // Without a tracer there is nothing that the requests could belong to.
  if (!isSpanContextValid(span.spanContext())) return { span, within: whenRead };
  const inside = trace.setSpan(context.active(), span);
  return { span, within: (open) => streamWithin(inside, open) };
}

function whenRead<T>(open: () => AsyncIterable<T>): AsyncIterable<T> {
  return { [Symbol.asyncIterator]: () => open()[Symbol.asyncIterator]() };
}

function streamWithin<T>(inside: Context, open: () => AsyncIterable<T>): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]() {
      const iterator = context.with(inside, () => open()[Symbol.asyncIterator]());
      return {
        next: () => context.with(inside, () => iterator.next()),
        return: async () => {
          await context.with(inside, () => iterator.return?.());
          return { done: true, value: undefined };
        },
      };
    },
  };
}

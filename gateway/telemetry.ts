// SPDX-License-Identifier: Apache-2.0

import {
  context,
  isSpanContextValid,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";

/** What came of a call of a model. */
export interface ModelCallEnd {
  /** How it ended: `ok`, or the code of its failure. */
  readonly result: string;
  /** Tokens, if that is known. */
  readonly usage?: { readonly inputTokens: number; readonly outputTokens: number } | undefined;
}

/** Gives the span of a request, which the server began, the name of its route. */
export function nameRequest(method: string, route: string): void {
  const span = trace.getActiveSpan();
  span?.updateName(`${method} ${route}`);
  span?.setAttribute("http.route", route);
}

/** Measures one call of a model that passes through the gateway. */
export class ModelCall {
  readonly #span: Span;
  /** Whether anybody traces: else there is nothing that could belong to the call. */
  readonly #isTraced: boolean;

  /** Begins. The model is named `provider/model`. */
  constructor(operation: "chat" | "embeddings", name: string) {
    const [provider = "", ...rest] = name.split("/");
    const model = rest.join("/");
    this.#span = trace.getTracer("@sigil/gateway").startSpan(`${operation} ${model}`, {
      kind: SpanKind.CLIENT,
      attributes: {
        "gen_ai.operation.name": operation,
        "gen_ai.request.model": model,
        "gen_ai.provider.name": provider,
      },
    });
    this.#isTraced = isSpanContextValid(this.#span.spanContext());
  }

  /** Runs something as a part of the call, so that requests to vendors belong to it. */
  run<T>(work: () => T): T {
    if (!this.#isTraced) return work();
    return context.with(trace.setSpan(context.active(), this.#span), work);
  }

  /** Runs each step of a stream as a part of the call. */
  within<T>(open: () => AsyncIterable<T>): AsyncIterable<T> {
    if (!this.#isTraced) return open();
    return {
      [Symbol.asyncIterator]: () => {
        const iterator = this.run(() => open()[Symbol.asyncIterator]());
        return {
          next: () => this.run(() => iterator.next()),
          return: async () => await iterator.return?.() ?? { done: true, value: undefined },
        };
      },
    };
  }

  /** Ends. Only the first time counts. */
  end({ result, usage }: ModelCallEnd): void {
    if (usage !== undefined) {
      this.#span.setAttribute("gen_ai.usage.input_tokens", usage.inputTokens);
      this.#span.setAttribute("gen_ai.usage.output_tokens", usage.outputTokens);
    }
    if (result !== "ok") {
      this.#span.setAttribute("error.type", result);
      this.#span.setStatus({ code: SpanStatusCode.ERROR });
    }
    this.#span.end();
  }
}

// SPDX-License-Identifier: Apache-2.0

/**
 * The messages and services that the gateway and its plugins speak, as protobuf.
 *
 * Everything but this page and the list in `plugin/v1/mod.ts` is generated from `proto/`, for
 * {@link https://www.npmjs.com/package/@bufbuild/protobuf | `@bufbuild/protobuf`}. Each package and
 * each service has an entry of its own, so that a small program loads only what it speaks.
 *
 * @example A message as bytes and back
 * ```ts
 * import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
 * import { HealthResponseSchema, HealthStatus } from "@sigil/proto/plugin/v1/lifecycle";
 *
 * const health = create(HealthResponseSchema, { status: HealthStatus.HEALTHY });
 * const bytes = toBinary(HealthResponseSchema, health);
 * console.log(fromBinary(HealthResponseSchema, bytes).status === HealthStatus.HEALTHY);
 * ```
 *
 * @module
 */

export * from "./common/v1/types_pb.ts";
export * from "./plugin/v1/mod.ts";

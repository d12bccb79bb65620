// SPDX-License-Identifier: Apache-2.0

/** A value that JSON can hold. */
export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;

/** An object that JSON can hold. */
export type JsonObject = { [key: string]: JsonValue };

// SPDX-License-Identifier: Apache-2.0

/** How a call ended: the numbers of gRPC and Connect. */
export const STATUS = {
  ok: 0,
  canceled: 1,
  unknown: 2,
  invalid_argument: 3,
  deadline_exceeded: 4,
  not_found: 5,
  already_exists: 6,
  permission_denied: 7,
  resource_exhausted: 8,
  failed_precondition: 9,
  aborted: 10,
  out_of_range: 11,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  data_loss: 15,
  unauthenticated: 16,
} as const;

/** The largest number in {@linkcode STATUS}. */
export const MAX_STATUS: number = STATUS.unauthenticated;

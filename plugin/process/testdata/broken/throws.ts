// SPDX-License-Identifier: Apache-2.0

throw new Error("it cannot be loaded");

// SPDX-License-Identifier: Apache-2.0

/**
 * The vector store on the SQLite extension sqlite-vec, which compares the query with every embedding.
 *
 * The store of `@sigil/store/sqlite` keeps the same promises, is many times faster and needs no
 * native code; choose this one to share the file with other programs that use sqlite-vec. SQLite has
 * to load a native library, so the whole `--allow-ffi` is required.
 *
 * @module
 */

export { openSqliteVecStore } from "./vector_store.ts";

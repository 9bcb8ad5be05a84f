import { builtinModules, createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** Modules that change what the process does, warn, or are missing without a flag. */
const LEFT_OUT = /^_|^(cluster|domain|inspector|punycode|repl|sea|sqlite|sys|test|trace_events|wasi)(\/|$)/;
const GLOBALS = ['Blob', 'EventSource', 'FormData', 'Headers', 'Request', 'Response', 'WebSocket', 'crypto', 'fetch'];

/**
 * Loads the parts of Node.js that it would load at their first use. If Stop breaks off such a load, the part stays
 * broken for good ("fetchImpl is not a function").
 */
export function loadLazyParts(): void {
  for (const name of builtinModules) if (!LEFT_OUT.test(name)) require(`node:${name}`);
  for (const name of GLOBALS) void (globalThis as Record<string, unknown>)[name];
  void globalThis.crypto.subtle;
  void fetch('data:,').catch(() => {});
}

let made: Document | undefined;

/**
 * Gives the document that plots are drawn in: a browser's own, else one of jsdom's, which is loaded on first use (it
 * takes about a second) and never installed globally.
 */
export function plotDocument(): Document {
  const { document } = globalThis as { document?: Document };
  return document ?? (made ??= withoutBrowser());
}

/** Loads jsdom here, since nothing of Node's is imported at the top, so that a browser can load this file. */
function withoutBrowser(): Document {
  const { createRequire } = process.getBuiltinModule('node:module');
  // jsdom's own types pull in 170 kB of other types, which a notebook's first cell would wait for
  const { requireSetUp } = createRequire(import.meta.url)('../packages.mjs') as { requireSetUp(name: string): unknown };
  const { JSDOM } = requireSetUp('jsdom') as {
    JSDOM: new (html: string) => { readonly window: { readonly document: Document } };
  };
  return new JSDOM('').window.document;
}

let made: Document | undefined;

/**
 * The document that plots are drawn in: a browser's own, else one of jsdom's, which is loaded on first use (it takes
 * about a second) and never installed globally.
 */
export function plotDocument(): Document {
  const { document } = globalThis as { document?: Document };
  return document ?? (made ??= withoutBrowser());
}

/** Nothing of Node's is imported at the top, so that a browser can load this file. */
function withoutBrowser(): Document {
  const { createRequire } = process.getBuiltinModule('node:module');
  // its own types bring 170 kB of others', which a notebook's first cell would wait for
  const { JSDOM } = createRequire(import.meta.url)('jsdom') as {
    JSDOM: new (html: string) => { readonly window: { readonly document: Document } };
  };
  return new JSDOM('').window.document;
}

// Loads TypeScript in the kernel: plain JavaScript, because it comes first.
'use strict';
const Module = require('node:module');

const loadJavaScript = Module._extensions['.js'];
require('tsx/cjs/api').register();
// Only TypeScript goes through tsx: it doubles the time to load node_modules (jsdom: 0.7 → 1.5 s).
Module._extensions['.js'] = loadJavaScript;

/**
 * tsx leaves `import('./x.ts')` to Node, whose ES modules know no TypeScript and would be second copies of the
 * project's. Here it is `require` that answers, in a word as long as `import`, so that source maps still fit. tsx puts
 * `.then(` after every dynamic import, by which one is told from the same letters in a text.
 */
const DYNAMIC_IMPORT = /\bimport\((?=(["'])\.{1,2}\/[^"'\n]*\1\)\.then\()/g;
const REQUIRE_LATER = '\nfunction impor$(specifier) { return Promise.resolve().then(() => require(specifier)); }';

const loadTypeScript = Module._extensions['.ts'];
Module._extensions['.ts'] = (module, file) => {
  const compile = module._compile;
  module._compile = function (code, ...rest) {
    const own = code.replace(DYNAMIC_IMPORT, 'impor$(');
    return compile.call(this, own === code ? code : own + REQUIRE_LATER, ...rest);
  };
  try {
    return loadTypeScript(module, file);
  } finally {
    module._compile = compile;
  }
};

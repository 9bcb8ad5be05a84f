// Loads TypeScript in the kernel: plain JavaScript, because it comes first.
'use strict';
const Module = require('node:module');
const path = require('node:path');

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

/** Graft's own modules end by the signal of the cell; what else is loaded shall end by Stop, too. */
const OURS = path.join(__dirname, '../..') + path.sep;
const isOurs = (file) => file.startsWith(OURS) || file.includes(`${path.sep}node_modules${path.sep}`);

const loadTypeScript = Module._extensions['.ts'];
Module._extensions['.ts'] = (module, file) => {
  const compile = module._compile;
  module._compile = function (code, ...rest) {
    const own = code.replace(DYNAMIC_IMPORT, 'impor$(');
    const later = own === code ? '' : REQUIRE_LATER;
    return compile.call(this, (isOurs(file) ? own : require('./own-modules.ts').stoppable(own)) + later, ...rest);
  };
  try {
    return loadTypeScript(module, file);
  } finally {
    module._compile = compile;
  }
};

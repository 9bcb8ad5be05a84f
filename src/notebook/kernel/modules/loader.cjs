// Loads TypeScript in the kernel: plain JavaScript, because it comes first.
'use strict';
const Module = require('node:module');
const path = require('node:path');

const loadJavaScript = Module._extensions['.js'];
const { ROOT } = require('../../../home.mjs');
const { requireSetUp } = require('../../../packages.mjs');
requireSetUp('tsx/cjs/api').register();
// Only TypeScript goes through tsx: it doubles the time to load node_modules (jsdom: 0.7 → 1.5 s).
Module._extensions['.js'] = loadJavaScript;

/**
 * Matches dynamic imports of project files. tsx leaves `import('./x.ts')` to Node, whose ES modules know no TypeScript
 * and would be second copies of the project's. Here `require` answers instead, under a name as long as `import`, so
 * that source maps still fit. tsx puts `.then(` after every dynamic import, which tells it from the same letters in a
 * text.
 */
const DYNAMIC_IMPORT = /\bimport\((?=(["'])\.{1,2}\/[^"'\n]*\1\)\.then\()/g;
const REQUIRE_LATER = '\nfunction impor$(specifier) { return Promise.resolve().then(() => require(specifier)); }';

/** The folder of Graft's own modules, which end by the cell's signal; other modules have to be ended by Stop, too. */
const OURS = path.join(ROOT, 'src') + path.sep;
const isOurs = (file) => file.startsWith(OURS) || file.includes(`${path.sep}node_modules${path.sep}`);

/** The user's own modules that are being loaded as usual: what they import has to be available at once. */
const loading = new Set();
class Awaits extends Error {}

const { require: plainRequire } = Module.prototype;
Module.prototype.require = function (specifier) {
  const exports = plainRequire.call(this, specifier);
  if (loading.has(this) && require('./awaiting-modules.ts').endOf(exports)) throw new Awaits(`${specifier} awaits`);
  return exports;
};

/** Whether an error means that a module has to be loaded as one that awaits. */
const awaits = (error) =>
  error instanceof Awaits ||
  /^[^\n]*\n?.*Top-level await is currently not supported/.test(String(error?.message)) ||
  require('./awaiting-modules.ts').isOnlyForImport(error);

for (const extension of ['.ts', '.mts', '.mjs']) {
  const load = Module._extensions[extension];
  Module._extensions[extension] = (module, file) => {
    const ours = isOurs(file);
    const compile = module._compile;
    module._compile = function (code, ...rest) {
      const own = code.replace(DYNAMIC_IMPORT, 'impor$(');
      const later = own === code ? '' : REQUIRE_LATER;
      return compile.call(this, (ours ? own : require('./own-modules.ts').stoppable(own)) + later, ...rest);
    };
    if (!ours) loading.add(module);
    try {
      return load(module, file);
    } catch (error) {
      if (ours || !awaits(error)) throw error;
      loading.delete(module);
      module._compile = compile;
      require('./awaiting-modules.ts').loadAwaiting(module, file, () => {
        if (Module._cache[file] === module) delete Module._cache[file];
      });
    } finally {
      loading.delete(module);
      module._compile = compile;
    }
  };
}

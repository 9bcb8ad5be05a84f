// The kernel's first file: plain JavaScript, because it brings the loader for TypeScript.
// usage: node start.cjs CONNECTION_FILE
'use strict';
const Module = require('node:module');
const path = require('node:path');

const loadJavaScript = Module._extensions['.js'];
require('tsx/cjs/api').register();
// Only TypeScript goes through tsx: it doubles the time to load node_modules (jsdom: 0.7 → 1.5 s).
Module._extensions['.js'] = loadJavaScript;

// Wherever the notebook lies, cells import project code as './src/…'.
process.env.NOTEBOOK_FOLDER = process.cwd();
process.chdir(path.resolve(__dirname, '../../..'));
require('./kernel.ts').startKernel(process.argv[2]);

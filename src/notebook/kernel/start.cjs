// The kernel's first file.
// usage: node start.cjs CONNECTION_FILE
'use strict';
require('./loader.cjs');
require('./kernel.ts').startKernel(process.argv[2]);

// The kernel's first file.
// usage: node start.cjs CONNECTION_FILE
'use strict';
process.on('SIGINT', () => {}); // Stop, pressed while the kernel starts, must not end it
require('./loader.cjs');
require('./kernel.ts').startKernel(process.argv[2]);

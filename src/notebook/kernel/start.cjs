// The kernel's first file.
// usage: node start.cjs CONNECTION_FILE
'use strict';
process.on('SIGINT', () => {}); // sent by the kernel's second thread, for a step of a cell that may just have ended
require('./modules/loader.cjs');
require('./kernel.ts').startKernel(process.argv[2]);

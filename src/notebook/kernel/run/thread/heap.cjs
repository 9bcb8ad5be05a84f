// Watches the heap of the kernel's main thread.
'use strict';
const inspector = require('node:inspector');

const EVERY_MS = 250;
const GROWTH = 1.05;
/**
 * How much a cell may add to a heap that is already full: compiling it leaves garbage, and it may free everything else.
 */
const GROWTH_OF_CELL = 1.15;
/**
 * How much garbage a heap may hold: V8 collects before the heap is half as large again as what the previous collection
 * left (--heap-growing-percent=50 in kernel.json).
 */
const MOST_GARBAGE = 1.5;

/**
 * Tells when variables hold more than the given number of bytes, and again when that has grown: a cell that frees them
 * must be let through. V8 answers even in the middle of a loop.
 * @param most the number of bytes
 * @param cells gives the number of cells that have begun
 */
exports.watchHeap = (most, cells, tell) => {
  const session = new inspector.Session();
  session.connectToMainThread();
  let asking = false;
  let before = 0;
  // use after the last collection seen, which is what variables hold; if everything is held, no collection is seen
  let held = 0;
  let threshold = most;
  let cell = 0;
  setInterval(() => {
    if (asking) return;
    asking = true;
    session.post('Runtime.getHeapUsage', (error, usage) => {
      asking = false;
      if (!error) watch(usage.usedSize);
    });
  }, EVERY_MS);

  function watch(used) {
    if (used < before || used < held) held = used;
    before = used;
    if (used < most) threshold = most;
    else if (cells() !== cell) threshold = Math.max(threshold, used * (used < 1.5 * most ? GROWTH_OF_CELL : GROWTH));
    cell = cells();
    // much of it may be garbage that V8 has not collected yet
    if (used < threshold || (held < 0.8 * threshold && used < MOST_GARBAGE * threshold)) return;
    threshold = used * GROWTH;
    tell();
  }
};

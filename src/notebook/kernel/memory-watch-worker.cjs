// Watches the heap of the kernel's main thread from a thread of its own, which runs while the main one is busy.
'use strict';
const inspector = require('node:inspector');
const { workerData } = require('node:worker_threads');

const { most, full, every } = workerData;
const GROWTH = 1.05;
const session = new inspector.Session();
session.connectToMainThread();

let asking = false;
let before = 0;
let held = 0; // after the last collection that was seen, which leaves what variables hold
let threshold = most;
setInterval(() => {
  if (asking) return;
  asking = true;
  session.post('Runtime.getHeapUsage', (error, usage) => {
    asking = false;
    if (!error) watch(usage.usedSize);
  });
}, every);

function watch(used) {
  if (used < before || used < held) held = used;
  before = used;
  if (used < most) threshold = most;
  // much of it may be garbage that V8 has not come to yet
  if (used < threshold || held < 0.8 * threshold) return;
  threshold = used * GROWTH; // a cell that frees what variables hold must be let through
  Atomics.store(full, 0, 1);
  process.kill(process.pid, 'SIGINT'); // as Stop does: it breaks off what never yields, too
}

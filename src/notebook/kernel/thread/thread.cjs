// The kernel's second thread, which runs while the main one is busy: it hears Stop, beats, and watches the heap.
'use strict';
const { rmSync } = require('node:fs');
const { parentPort, workerData } = require('node:worker_threads');
const { listen } = require('./control.cjs');
const { beat } = require('./heart.cjs');
const { watchHeap } = require('./heap.cjs');

const { marks, at, zeromq, connectionFile, logFile, mostHeap } = workerData;
const STAY_MS = 20;

/** Tells the main thread of a Stop, and breaks off the step that it is in, if it stays there. */
function interrupt() {
  Atomics.add(marks, at.interrupt, 1);
  parentPort.postMessage({}); // heard as soon as the main thread has nothing to do
  const step = Atomics.load(marks, at.step);
  if (step % 2 === 0) return; // in no step
  setTimeout(() => {
    // only inside of a step does SIGINT do what it should (steps.ts)
    if (Atomics.load(marks, at.step) === step) process.kill(process.pid, 'SIGINT');
  }, STAY_MS);
}

watchHeap(mostHeap, () => {
  Atomics.store(marks, at.heapFull, 1);
  interrupt();
});

/** The kernel is to end: where it is too busy for that it is killed, and then it has not crashed. */
const ending = () => rmSync(logFile, { force: true });
const others = (frames) => parentPort.postMessage({ frames });
const library = require(zeromq);
Promise.all([listen(library, connectionFile, { interrupt, ending, others }), beat(library, connectionFile)]).then(
  ([control, heart]) => {
    parentPort.on('message', ({ frames }) => {
      if (frames)
        return void control.send(frames.map((frame) => (typeof frame === 'string' ? frame : Buffer.from(frame))));
      // the process ends: zeromq.js aborts it where a socket is still open in a thread
      for (const socket of [control, heart]) socket.close();
      Atomics.store(marks, at.closed, 1);
      Atomics.notify(marks, at.closed);
    });
  },
  (taken) => parentPort.postMessage({ taken }),
);

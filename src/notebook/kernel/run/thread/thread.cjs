// The kernel's second thread, which runs while the main one is busy: it hears Stop and typed input, answers the
// heartbeat, and watches the heap.
'use strict';
const { rmSync } = require('node:fs');
const { parentPort, workerData } = require('node:worker_threads');
const { Waiting } = require('./children.cjs');
const { listen } = require('./control.cjs');
const { beat } = require('./heart.cjs');
const { watchHeap } = require('./heap.cjs');
const { listenForInput } = require('./input.cjs');
const { endStarving } = require('./starved.cjs');

const { marks, at, zeromq, connectionFile, logFile, mostHeap, answers } = workerData;
/** On a busy machine a step that is short may wait so long for a processor; nobody notices that a Stop does. */
const STAY_MS = 100;

const waiting = new Waiting(process.pid);
let input;

/** Tells the main thread of a Stop, and breaks off its current step if it stays in it. */
function interrupt() {
  Atomics.add(marks, at.interrupt, 1);
  parentPort.postMessage({}); // heard as soon as the main thread has nothing to do
  input?.stop();
  waiting.end();
  endStarving(marks, at);
  const step = Atomics.load(marks, at.step);
  if (step % 2 === 0) return; // in no step
  setTimeout(() => {
    // SIGINT does the right thing only inside a step (steps.ts); on Windows it would end the whole kernel, whose cells
    // are stopped at their awaits alone there
    if (process.platform === 'win32' || Atomics.load(marks, at.step) !== step) return;
    Atomics.add(marks, at.signal, 1);
    process.kill(process.pid, 'SIGINT');
  }, STAY_MS);
}

const cells = () => Atomics.load(marks, at.cell);
watchHeap(mostHeap, cells, () => {
  Atomics.store(marks, at.heapFull, 1);
  interrupt();
});

/** Passes an answer to whoever asked: the main thread waits for it, or will hear of it. */
function answered(id, given) {
  answers.postMessage({ id, ...given });
  Atomics.add(marks, at.answered, 1);
  Atomics.notify(marks, at.answered);
}

const others = (frames) => parentPort.postMessage({ frames });
/**
 * Prepares for the kernel's end: if it is too busy to end it is killed, which does not count as a crash. It would not
 * hear of the end while it waits for typed input.
 */
const ending = () => {
  rmSync(logFile, { force: true });
  input?.stop();
};
const library = require(zeromq);
Promise.all([
  listen(library, connectionFile, { interrupt, ending, others }),
  beat(library, connectionFile),
  listenForInput(library, connectionFile, answered),
]).then(
  ([control, heart, asking]) => {
    input = asking;
    parentPort.on('message', ({ frames, ask, waits }) => {
      if (ask) return void input.ask(ask.id, ask.frames.map(sendable));
      if (waits !== undefined) {
        waiting.begin(waits);
        if (Atomics.load(marks, at.interrupt) !== Atomics.load(marks, at.heard)) waiting.end();
        return;
      }
      if (frames) return void control.send(frames.map(sendable));
      // the process ends, and zeromq.js aborts it if a socket is still open in a thread
      for (const socket of [control, heart, input]) socket.close();
      Atomics.store(marks, at.closed, 1);
      Atomics.notify(marks, at.closed);
    });
  },
  (taken) => parentPort.postMessage({ taken }),
);

const sendable = (frame) => (typeof frame === 'string' ? frame : Buffer.from(frame));

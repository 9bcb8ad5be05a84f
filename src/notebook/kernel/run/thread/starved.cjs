// Ends an endless loop of awaits in code that the kernel does not compile, a package's: it starves the event loop, so
// that the main thread hears of nothing, and is in no step that SIGINT could break off.
'use strict';

/** How long an interrupt may go unheard. */
const UNHEARD_MS = 500;

/**
 * Looks whether the main thread hears of the interrupt that has just come; if not, lets it do what starved.ts says.
 * @param at the indices of the marks
 */
exports.endStarving = (marks, at) => {
  setTimeout(() => {
    const heard = Atomics.load(marks, at.interrupt) === Atomics.load(marks, at.heard);
    const inStep = Atomics.load(marks, at.step) % 2 === 1; // SIGINT breaks that off
    if (!heard && !inStep) callMain('__graftEndStarving__()');
  }, UNHEARD_MS);
};

/** Calls a function of the main thread by the inspector: nothing else reaches it whatever it does. */
function callMain(expression) {
  try {
    const { Session } = require('node:inspector');
    const session = new Session();
    session.connectToMainThread();
    session.post('Runtime.evaluate', { expression }, () => session.disconnect());
  } catch {
    // a Node.js without its inspector: only a restart helps
  }
}

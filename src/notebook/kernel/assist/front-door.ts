import { existsSync } from 'node:fs';
import type { Compiler } from '../compile/compiler.ts';
import type { Folders } from '../modules/folders.ts';
import { doorsOf } from '../modules/doors.ts';

const IDLE_MS = 1000;

/** Makes Graft's exports known to completion before a cell imports them, and ready before Tab is pressed. */
export interface FrontDoor {
  /**
   * Opens once the kernel has been idle for a second: reading all of `src/` takes some two seconds, and the first
   * completion after a cell takes half as long again as others. Before that TypeScript reads what every cell needs.
   */
  openWhenIdle(): void;
  /** Postpones the opening, since a cell begins. */
  wait(): void;
  /** Does some work for the user, after which the opening waits for an idle second again. */
  after<T>(work: () => T): T;
  open(): void;
}

/** @param complete completes any name, and any member */
export function createFrontDoor(compiler: Compiler, { root }: Folders, complete: () => void): FrontDoor {
  const files = [...doorsOf(root).keys()].filter((file) => existsSync(file));
  let timer: NodeJS.Timeout | undefined;
  let opened = !files.length;
  const wait = (): void => {
    clearTimeout(timer);
    timer = undefined;
  };
  const later = (work: () => void, ms: number): void => {
    timer = setTimeout(() => {
      timer = undefined;
      work();
    }, ms).unref();
  };
  const openWhenIdle = (): void => {
    wait();
    later(() => {
      compiler.prepare();
      // a cell that has come meanwhile runs first
      later(() => {
        open();
        complete();
      }, 0);
    }, IDLE_MS);
  };
  const open = (): void => {
    wait();
    if (opened) return;
    opened = true;
    compiler.know(...files);
  };
  return {
    open,
    wait,
    openWhenIdle,
    after(work) {
      const isOpening = timer !== undefined;
      wait();
      try {
        return work();
      } finally {
        if (isOpening) openWhenIdle();
      }
    },
  };
}

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
  open(): void;
}

/** @param complete completes any name, and any member */
export function createFrontDoor(compiler: Compiler, { root }: Folders, complete: () => void): FrontDoor {
  const files = [...doorsOf(root).keys()].filter((file) => existsSync(file));
  let timer: NodeJS.Timeout | undefined;
  let opened = !files.length;
  const wait = (): void => clearTimeout(timer);
  const open = (): void => {
    wait();
    if (opened) return;
    opened = true;
    compiler.know(...files);
  };
  return {
    open,
    wait,
    openWhenIdle() {
      wait();
      timer = setTimeout(() => {
        compiler.prepare();
        timer = setTimeout(() => {
          open();
          complete();
        }).unref(); // a cell that has come meanwhile runs first
      }, IDLE_MS).unref();
    },
  };
}

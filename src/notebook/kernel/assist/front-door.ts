import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Compiler } from '../compile/compiler.ts';
import type { Folders } from '../modules/folders.ts';
import { DOORS } from '../modules/module-names.ts';

const IDLE_MS = 1000;

/** Lets completion know what the project exports before a cell imports it, and has it ready before Tab is pressed. */
export interface FrontDoor {
  /**
   * Once the kernel has had nothing to do for a second: reading all of `src/` takes some two, and the first completion
   * after a cell half as long again as others.
   */
  openWhenIdle(): void;
  /** A cell begins: not now. */
  wait(): void;
  open(): void;
}

/** @param complete completes some name */
export function createFrontDoor(compiler: Compiler, { root }: Folders, complete: () => void): FrontDoor {
  const files = DOORS.map((door) => path.join(root, door, 'index.ts')).filter((file) => existsSync(file));
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
        open();
        complete();
      }, IDLE_MS).unref();
    },
  };
}

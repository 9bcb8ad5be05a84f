import v8 from 'node:v8';
import vm from 'node:vm';

/** Share of the heap's limit above which it is worth a second to find out what is garbage. */
const LARGE = 0.25;

let collect: (() => void) | undefined;

/**
 * Collects garbage after a cell that has left a large heap. V8 does so late, near the limit, and the next cell would be
 * stopped because of values that no variable holds any more.
 */
export function collectIfLarge(): void {
  const { used_heap_size: used, heap_size_limit: limit } = v8.getHeapStatistics();
  if (used < LARGE * limit) return;
  if (!collect) {
    v8.setFlagsFromString('--expose-gc');
    collect = vm.runInNewContext('gc') as () => void;
  }
  collect();
}

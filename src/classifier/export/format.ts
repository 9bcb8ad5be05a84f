import type { Classifier } from '../classifier.ts';
import type { Checked } from './check.ts';
import type { Description } from './description.ts';
import type { NewFolder } from '../../storage/files/new-folder.ts';

/** A standard format that classifiers leave in. */
export interface Format {
  /** What it is called: `ONNX`. */
  readonly title: string;
  /**
   * Writes its files and runs them once.
   * @throws Error naming a layer that the format has no counterpart for, before anything is written
   */
  write(classifier: Classifier, folder: NewFolder, description: Description, run?: RunRecord): Promise<Written>;
}

/** What a format wrote, and how it was checked. */
export interface Written {
  /** The pictures that it was run on, [3, H, W, 3] uint8 RGB, as its input takes them. */
  readonly pixels: Uint8Array;
  readonly size: readonly [height: number, width: number];
  readonly checked: Checked;
  /** Gives the lines that load it, ready to copy. @param folder where it is */
  lines(folder: string): readonly LoadingLines[];
  /** What to know about it. */
  readonly remarks?: readonly string[];
}

/** Lines that load a file, in a language. */
export interface LoadingLines {
  /** `Python`, or `Node`. */
  readonly language: string;
  /** What they need: `onnxruntime`. */
  readonly needs: readonly string[];
  readonly code: string;
}

/** What an export reads of a run's record, `run.json`; earlier versions wrote less. */
export interface RunRecord {
  readonly id: string;
  readonly finished: string;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly data?: Readonly<Record<string, { readonly name: string; readonly n: number; readonly hash: string }>>;
  readonly pictures?: { readonly read: number; readonly leftOut: number };
  readonly backbone?: { readonly id?: string };
  readonly test?: {
    readonly accuracy: number;
    readonly interval: readonly [number, number];
    readonly n: number;
    readonly calibrationError?: number;
    readonly perClass?: readonly {
      readonly className: string;
      readonly n: number;
      readonly recall: number | null;
      readonly interval: readonly [number, number] | null;
    }[];
  };
}

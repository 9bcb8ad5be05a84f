import type { KnownFile } from './pictures/picture-index.ts';
import type { Finding } from './pictures/findings.ts';

export const SPLITS = ['train', 'validation', 'test'] as const;
export type SplitName = (typeof SPLITS)[number];

/** A picture in a source of pictures. */
export interface Item {
  /** Its path in the folder or table, or its file and row. */
  readonly name: string;
  /** Its class' name. */
  readonly label: string;
  /** Undefined where the source says nothing of splits. */
  readonly split: SplitName | undefined;
}

/** Pictures with labels, wherever they lie. */
export interface Source {
  /** For people: the folder or file as it was named. */
  readonly name: string;
  /** All that was found, bad ones too, in the source's order. */
  readonly items: readonly Item[];
  /** What is known of each. */
  readonly known: readonly KnownFile[];
  /** Class names in the order of their numbers, where the source itself numbers them. */
  readonly classNames?: readonly string[];
  /** Whether labels are numbers, and stand in their order; names stand in Python's. */
  readonly numbers?: boolean;
  /** What was noticed beside the pictures themselves. */
  readonly findings: readonly Finding[];
  /** The bytes of one picture's file. */
  bytes(item: number): Promise<Uint8Array>;
  /** Notes that some cannot be decoded, and why: they are left out when the source is opened again. */
  noteDamaged(items: readonly number[], why: string): void;
  /** Notes that one has another content than it was seen to have: it is read when the source is opened again. */
  noteChanged(item: number): void;
  /** Whether neighbours are read together, so that pictures are best asked for in the source's order. */
  readonly inOrder?: boolean;
}

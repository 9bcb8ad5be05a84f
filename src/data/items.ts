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
  /** Undefined if the source says nothing about splits. */
  readonly split: SplitName | undefined;
  /** Which pictures it belongs together with, if a column of groups was named and has something there. */
  readonly group?: string;
}

/** Pictures with labels, wherever they lie. */
export interface Source {
  /** The name for people: the folder or file as it was given. */
  readonly name: string;
  /** All that was found, including bad ones, in the source's order. */
  readonly items: readonly Item[];
  /** What is known of each. */
  readonly known: readonly KnownFile[];
  /** Class names in the order of their numbers, if the source itself numbers them. */
  readonly classNames?: readonly string[];
  /** Whether labels are numbers, in numerical order; names are in Python's order. */
  readonly numbers?: boolean;
  /** What else was noticed, apart from the pictures themselves. */
  readonly findings: readonly Finding[];
  /** Reads the bytes of one picture's file. */
  bytes(item: number): Promise<Uint8Array>;
  /** Notes that some cannot be decoded, and why: they are left out when the source is opened again. */
  noteDamaged(items: readonly number[], why: string): void;
  /** Notes that the content of one has changed since it was seen: it is read when the source is opened again. */
  noteChanged(item: number): void;
  /** Whether neighbours are read together, so that pictures are best asked for in the source's order. */
  readonly inOrder?: boolean;
}

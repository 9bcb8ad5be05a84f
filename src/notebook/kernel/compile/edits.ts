/** A change to a text: the `length` characters (0 by default) at `at` are replaced by `text`. */
export interface Edit {
  readonly at: number;
  readonly length?: number;
  readonly text: string;
}

/** A position in a text; line and column count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A text with edits made, and the way back from it to the original. */
export interface Edited {
  readonly text: string;
  /** Gives the position in the original text for a position in the edited one. */
  original(position: Position): Position;
}

/**
 * Makes edits that do not overlap; if several are at one position, the first given comes first.
 * @returns the edited text, and the way back
 */
export function applyEdits(source: string, edits: readonly Edit[]): Edited {
  const sorted = [...edits].sort((a, b) => a.at - b.at); // stable
  let text = '';
  let end = 0;
  for (const edit of sorted) {
    text += source.slice(end, edit.at) + edit.text;
    end = edit.at + (edit.length ?? 0);
  }
  text += source.slice(end);
  return {
    text,
    original(position) {
      const offset = offsetOf(text, position);
      let shift = 0;
      for (const { at, length = 0, text: own } of sorted) {
        if (offset < at + shift) break;
        if (offset < at + shift + own.length) return positionOf(source, at);
        shift += own.length - length;
      }
      return positionOf(source, offset - shift);
    },
  };
}

/** Makes further edits to an edited text; positions lead back to the text before all of them. */
export function applyFurther(edited: Edited, edits: readonly Edit[]): Edited {
  const further = applyEdits(edited.text, edits);
  return { text: further.text, original: (position) => edited.original(further.original(position)) };
}

function offsetOf(text: string, { line, column }: Position): number {
  let start = 0;
  for (let l = 1; l < line; l++) {
    const next = text.indexOf('\n', start);
    if (next < 0) break;
    start = next + 1;
  }
  return start + column - 1;
}

function positionOf(text: string, offset: number): Position {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return { line, column: offset - (before.lastIndexOf('\n') + 1) + 1 };
}

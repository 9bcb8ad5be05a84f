/** From this variable `@types/node` concludes that the DOM's types are there, and leaves `fetch` and others to them. */
const SIGN_OF_DOM = 'onmessage';

/**
 * Takes the variables and functions that this Node.js does not have out of TypeScript's lib.dom.d.ts: `document.title`,
 * `name` and `history` would type-check in a cell and then fail. Interfaces stay: Plot and TensorFlow.js name them.
 */
export function withoutDomGlobals(declarations: string): string {
  const kept: string[] = [];
  let comment: string[] = [];
  let [inComment, dropping] = [false, false];
  for (const line of declarations.split('\n')) {
    if (dropping) dropping = line !== '};';
    else if (inComment || line.startsWith('/**')) {
      comment.push(line);
      inComment = !line.trimEnd().endsWith('*/');
    } else {
      const name = /^declare (?:var|const|let|function) (\w+)/.exec(line)?.[1];
      if (name && name !== SIGN_OF_DOM && !(name in globalThis)) dropping = !line.endsWith(';');
      else kept.push(...comment, line);
      comment = [];
    }
  }
  return kept.join('\n');
}

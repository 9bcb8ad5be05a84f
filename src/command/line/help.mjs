// @ts-check
/** @typedef {import('./command.mjs').Command<any>} AnyCommand */

/**
 * Lists the commands.
 * @param {Readonly<Record<string, Pick<AnyCommand, 'about'>>>} commands
 */
export function overview(commands) {
  const width = 2 + Math.max(...Object.keys(commands).map((name) => name.length));
  return [
    'usage: graft COMMAND [flags]',
    '',
    ...Object.entries(commands).map(([name, { about }]) => `  ${name.padEnd(width)}${about}`),
    '',
    '`graft COMMAND --help` lists the flags, with examples; `graft --version` says which Graft this is, and where.',
  ].join('\n');
}

/**
 * Explains a command: its flags with what they take and what counts if they are missing, and examples.
 * @param {Pick<AnyCommand, 'usage' | 'about' | 'flags' | 'notes' | 'examples'>} command
 */
export function help({ usage, about, flags, notes = [], examples }) {
  /** @type {[string, import('../flags/flag.mjs').Flag<unknown>][]} */
  const all = Object.entries(flags);
  return [
    `usage: ${usage}`,
    '',
    about,
    '',
    ...all.map(([name, flag]) => `  --${name}${flag.value && ` ${flag.value}`}\n        ${describe(flag)}`),
    ...notes.flatMap((note) => ['', note]),
    '',
    'examples:',
    ...examples.map((example) => `  ${example}`),
  ].join('\n');
}

/** @param {import('../flags/flag.mjs').Flag<unknown>} flag */
const describe = ({ value, help, expected, otherwise }) =>
  `${help}${value === 'N' ? `: ${expected}` : ''}${otherwise ? ` (default: ${otherwise})` : ''}`;

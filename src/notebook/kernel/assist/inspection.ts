import type ts from 'typescript';
import { escapeHtml } from '../../../text/html.ts';
import type { CellView } from '../compile/compiler.ts';
import { quickInfo } from './quick-info.ts';
import { typescript } from '../tslab.ts';

/** What an inspection shows, by MIME type. */
export type Help = Readonly<Record<'text/plain' | 'text/html', string>>;

type Parts = readonly ts.SymbolDisplayPart[];

/**
 * Explains what is under the cursor: inside the parentheses of a call the signature, with the argument in bold,
 * elsewhere the name's type and documentation.
 */
export function inspectCell({ program, file, position }: CellView): Help | undefined {
  return describeName(program, file, position) ?? describeCall(program, file, position);
}

const never = { isCancellationRequested: () => false, throwIfCancellationRequested() {} };

function describeName(program: ts.Program, file: ts.SourceFile, position: number): Help | undefined {
  const info = quickInfo(program, file, position);
  const text = joined(info?.displayParts).replace(/^\(alias\) (.*)\nimport .*$/s, '$1');
  return info && text !== 'any' ? help([{ text }], info.documentation, info.tags) : undefined; // any: TypeScript found nothing
}

function describeCall(program: ts.Program, file: ts.SourceFile, position: number): Help | undefined {
  const { SignatureHelp } = typescript() as unknown as {
    SignatureHelp: { getSignatureHelpItems(...args: unknown[]): ts.SignatureHelpItems | undefined };
  };
  const calls = SignatureHelp.getSignatureHelpItems(program, file, position, { kind: 'invoked' }, never);
  if (!calls) return undefined;
  const { items, argumentIndex, selectedItemIndex } = calls;
  const item = items[selectedItemIndex];
  const at = Math.min(argumentIndex, item.isVariadic ? item.parameters.length - 1 : Infinity);
  const parameters = item.parameters.flatMap(({ displayParts }, i) => [
    ...(i ? [{ text: joined(item.separatorDisplayParts) }] : []),
    { text: joined(displayParts), bold: i === at },
  ]);
  const line = [{ text: joined(item.prefixDisplayParts) }, ...parameters, { text: joined(item.suffixDisplayParts) }];
  const parameter = item.parameters[at] as ts.SignatureHelpParameter | undefined;
  const about =
    parameter?.documentation.length && !parameter.name.startsWith('__')
      ? [{ text: `${parameter.name}: `, kind: 'text' }, ...parameter.documentation]
      : [];
  const more =
    items.length > 1
      ? [{ text: `${about.length ? '\n' : ''}and ${items.length - 1} other ways to call it`, kind: 'text' }]
      : [];
  return help(
    line,
    [
      ...about,
      ...more,
      ...(about.length || more.length ? [{ text: '\n\n', kind: 'text' }] : []),
      ...item.documentation,
    ],
    item.tags,
  );
}

const joined = (parts: Parts = []): string => parts.map(({ text }) => text).join('');

function help(
  line: readonly { text: string; bold?: boolean }[],
  documentation: Parts = [],
  tags: readonly ts.JSDocTagInfo[] = [],
): Help {
  const notes = tags.map(({ name, text }) => `@${name} ${joined(text)}`.trim()).join('\n');
  const text = [
    joined(documentation)
      .trim()
      .replace(/([^\n])\n(?=[^\n\s-])/g, '$1 '),
    notes,
  ]
    .filter(Boolean)
    .join('\n\n'); // lines as wide as the window
  const html = line.map((part) => (part.bold ? `<b>${escapeHtml(part.text)}</b>` : escapeHtml(part.text))).join('');
  const plain = line.map((part) => (part.bold ? `\x1b[1m${part.text}\x1b[0m` : part.text)).join('');
  return {
    'text/plain': [plain, text].filter(Boolean).join('\n\n'),
    'text/html': `<pre style="white-space:pre-wrap;margin:0 0 8px;padding:0">${html}</pre>${text ? `<div style="white-space:pre-wrap">${escapeHtml(text)}</div>` : ''}`,
  };
}

import { parseHelp } from '../kernel/assist/help.ts';
import { cellMagic, magicEdits, MagicError } from '../kernel/compile/magics.ts';

/**
 * Writes a cell's magics as code that a script can run: a command as `execSync`, a written file as `writeFileSync`, the
 * code behind `%time` without the timing. Whatever only works in a notebook becomes a comment that says so.
 * @param isName tells whether the notebook has that name
 */
export function withoutMagicLines(cell: string, isName: (name: string) => boolean): string {
  if (parseHelp(cell, isName)) return leftOut(cell.trim());
  try {
    const magic = cellMagic(cell);
    if (magic?.kind === 'writefile')
      return `writeFileSync(${JSON.stringify(magic.file)}, ${JSON.stringify(magic.text)}${magic.append ? ", { flag: 'a' }" : ''});`;
    return lines(magic ? cell.replace(/^[^\n]*/, leftOut) : cell, isName);
  } catch (error) {
    if (error instanceof MagicError) return leftOut(cell);
    throw error;
  }
}

function lines(cell: string, isName: (name: string) => boolean): string {
  const starts = new Set(magicEdits(cell, isName).map(({ at }) => cell.lastIndexOf('\n', at - 1) + 1));
  let at = 0;
  return cell
    .split('\n')
    .map((line) => {
      const isMagic = starts.has(at) && /^[!%]/.test(line);
      at += line.length + 1;
      return isMagic ? written(line) : line;
    })
    .join('\n');
}

function written(line: string): string {
  if (line.startsWith('!')) return `execSync(${JSON.stringify(line.slice(1).trim())}, { stdio: 'inherit' });`;
  return /^%time\s+(.*)$/s.exec(line)?.[1] ?? leftOut(line);
}

const leftOut = (text: string): string => text.replace(/^/gm, '// left out: ');

import { expect, it } from 'vitest';
import { bundleScripts } from '../../src/page/bundle.mjs';

/** What browsers got after Chrome 94, Firefox 113 or Safari 16.4; esbuild rewrites newer syntax, but no names. */
const LATER =
  /\.findLast(Index)?\(|\.to(Sorted|Reversed|Spliced)\(|structuredClone|[Gg]roupBy\(|withResolvers|fromAsync|isWellFormed|\.(keys|values|entries)\(\)\.(map|filter|flatMap|take|drop|toArray|some|every|reduce|find|forEach)\(|\.(union|intersection|difference|symmetricDifference|isSubsetOf)\(|AbortSignal\.(any|timeout)|Symbol\.(asyncD|d)ispose|showOpenFilePicker|light-dark\(|@starting-style/g;

it('pages use nothing that the oldest browsers they name do not have', async () => {
  for (const [name, text] of Object.entries(await bundleScripts())) expect(text.match(LATER) ?? [], name).toEqual([]);
});

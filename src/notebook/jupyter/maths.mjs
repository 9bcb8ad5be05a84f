/**
 * Writes TeX as MathML, which a browser shows without anything from the network.
 * usage: node src/notebook/jupyter/maths.mjs < [{"tex": "E=mc^2", "display": false}, …] > ["<math>…</math>", …]
 */
import { readFileSync } from 'node:fs';
import { requireSetUp } from '../../packages.mjs';

const temml = requireSetUp('temml');
const formulas = JSON.parse(readFileSync(0, 'utf8'));
// an invalid formula is shown in red, as it was written
const written = formulas.map(({ tex, display }) =>
  temml.renderToString(tex, { displayMode: display, throwOnError: false }),
);
process.stdout.write(JSON.stringify(written));

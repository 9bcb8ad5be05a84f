import { createHash } from 'node:crypto';
import { escapeHtml } from '../text/html.ts';
import type { PageFacts } from './facts.ts';
import { packedModel } from './packed.ts';
import type { PageParts } from './page-parts.ts';
import { textOfBytes } from './text-of-bytes.ts';

/**
 * Writes the page: everything in one file, which asks for nothing. Its policy lets run the one script that is in it,
 * and a worker made of that script; nothing can be fetched or sent.
 * @param model the ONNX file
 */
export function pageHtml(facts: PageFacts, model: Uint8Array, { script, engine }: PageParts): string {
  return htmlOf(facts, { main: inScript(script('page.js')), style: script('page.css') }, BODY, { model, engine });
}

/**
 * Puts a page together.
 * @param facts what its script reads as JSON
 * @param body with `<!--title-->` and `<!--about-->` in it
 */
export function htmlOf(
  facts: Pick<PageFacts, 'title' | 'about'>,
  { main, style }: { readonly main: string; readonly style: string },
  body: string,
  { model, engine }: { readonly model: Uint8Array; readonly engine: Uint8Array },
): string {
  const policy = [
    "default-src 'none'",
    `script-src ${hashed(main)} 'wasm-unsafe-eval'`,
    'worker-src blob:',
    `style-src ${hashed(style)}`,
    'img-src blob:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const title = escapeHtml(facts.title);
  const about = facts.about.map((line) => `<p>${escapeHtml(line)}</p>`).join('\n');
  const parts = [
    ['facts', 'application/json', JSON.stringify(facts).replaceAll('<', '\\u003c')],
    ['wasm', 'text/plain', textOfBytes(engine)],
    ['model', 'text/plain', textOfBytes(packedModel(model))],
  ].map(([id, type, text]) => `<script type="${type}" id="${id}">${text}</script>`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${style}</style>
</head>
<body>
${body.replace('<!--title-->', () => title).replace('<!--about-->', () => about)}
${parts.join('\n')}
<script>${main}</script>
</body>
</html>
`;
}

/** Code that may stand in a page: what would end it, or begin a comment, is written otherwise. */
export const inScript = (code: string): string =>
  code.replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--');

const hashed = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** The ways in that both kinds of pages have. */
export const CAMERA = `<div id="viewfinder" hidden>
<video playsinline muted aria-label="What the camera sees"></video>
<button type="button" id="shutter">Take a picture</button>
<button type="button" id="camera-off">Close the camera</button>
</div>`;

const BODY = `<main>
<h1><!--title--></h1>
<p id="state" role="status">Unpacking the network …</p>
<noscript><p>This page needs JavaScript: it computes by itself, on this machine.</p></noscript>
<div class="ways">
<label class="choose">Choose pictures<input id="choose" type="file" accept="image/*" multiple></label>
<button type="button" id="camera">Camera</button>
</div>
${CAMERA}
<div id="examples" role="group" aria-label="Pictures to try" hidden></div>
<section id="answer" aria-labelledby="said" hidden>
<div>
<canvas id="seen" role="img" aria-label=""></canvas>
<label><input type="checkbox" id="look"> Where it looked</label>
</div>
<div>
<h2 id="said"></h2>
<p id="which"></p>
<p id="note"></p>
<ol id="bars" aria-label="Classes and their probabilities"></ol>
<div id="trained" hidden>
<h3>Most like it among the pictures that it learnt from</h3>
<div id="nearest"></div>
</div>
</div>
</section>
<section id="results" aria-labelledby="all" hidden>
<h2 id="all">All pictures</h2>
<p><button type="button" id="csv">Save as CSV</button> <button type="button" id="clear">Begin anew</button></p>
<div class="scroll" tabindex="0">
<table>
<thead><tr><th scope="col">Picture</th><th scope="col">File</th><th scope="col">Class</th><th scope="col" class="number">Probability</th></tr></thead>
<tbody id="rows"></tbody>
</table>
</div>
</section>
<footer>
<p>Pictures stay on this machine: the page computes by itself, and its policy lets it send nothing.</p>
<!--about-->
</footer>
</main>`;

// Reads an exported folder as transformers.js does: node read-hub.mjs TRANSFORMERS PARENT NAME DTYPE < photos as JSON
import { createRequire } from 'node:module';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';

const [installed, parent, name, dtype] = process.argv.slice(2);
const require = createRequire(path.join(installed, 'package.json'));
// in a folder of its own, no dependency of this project
const library = '@huggingface/transformers';
const { env, pipeline } = await import(pathToFileURL(require.resolve(library)));
env.allowRemoteModels = false;
env.localModelPath = parent;
const classify = await pipeline('image-classification', name, { dtype });
const photos = JSON.parse(await text(process.stdin));
const found = [];
for (const photo of photos) found.push(await classify(photo, { top_k: null }));
console.log(JSON.stringify(found));

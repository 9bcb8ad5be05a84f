// @ts-check
import { backboneFlags } from './flags/backbone-flags.mjs';
import { command } from './line/command.mjs';
import { newFile, onOff, pageFault, text } from './flags/flag.mjs';

export const flags = {
  out: newFile('FILE.html', 'the page to write (default: results/teach.html)'),
  title: text('TEXT', 'what stands above it', { otherwise: 'Teach a classifier' }),
  backbone: { ...backboneFlags.backbone, otherwise: 'efficientnet-lite0, which comes with Graft' },
  exact: onOff(
    'keeps weights as they are, instead of rounded to about 10 bits: larger, and it sees as the network does elsewhere',
  ),
  'no-open': onOff('only writes the page, and does not open it in the browser'),
};

export const teach = command({
  usage: 'graft teach [--out FILE.html]',
  about:
    'Writes a page in which a classifier is taught, by the camera or from pictures, and opens it in the browser. It works ' +
    'offline, tests itself on a fifth of the pictures, and saves a ZIP that graft evaluate, graft predict and graft page ' +
    'take as --classifier.',
  flags,
  check: ({ out }) => pageFault(out),
  examples: ['graft teach', 'graft teach --title "Which bird is it?" --out birds.html --no-open'],
  notes: ['JSON: { file, bytes, backbone, cosine, remarks, opened }.'],
  load: () => import('./run/teach.ts'),
});

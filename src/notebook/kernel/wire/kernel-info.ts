import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Folders } from '../modules/folders.ts';
import { typescript } from '../tslab.ts';

/** Describes this kernel (jupyter_client/docs/messaging.rst, "Kernel info"), with the versions that it runs with. */
export function kernelInfo({ root }: Folders): object {
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
  const language = typescript().version;
  return {
    status: 'ok',
    protocol_version: '5.3',
    implementation: 'graft',
    implementation_version: version,
    language_info: {
      name: 'typescript',
      version: language,
      mimetype: 'text/typescript',
      file_extension: '.ts',
      pygments_lexer: 'typescript',
      // by this both front ends' editors find TypeScript
      codemirror_mode: { mode: 'typescript', name: 'javascript', typescript: true },
    },
    banner: `Graft ${version}: TypeScript ${language} on Node.js ${process.versions.node}`,
    help_links: [
      { text: 'TypeScript', url: 'https://www.typescriptlang.org/docs/' },
      { text: 'Node.js', url: 'https://nodejs.org/docs/latest/api/' },
      { text: 'TensorFlow.js', url: 'https://js.tensorflow.org/api/latest/' },
      { text: 'Observable Plot', url: 'https://observablehq.com/plot/' },
    ],
  };
}

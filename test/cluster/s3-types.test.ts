import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { ROOT } from '../../src/project.ts';

/** What of the SDK is written down by hand, so that types are checked where it is not installed, is what the SDK says. */
it('the AWS SDK has the calls that are used, with these types', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 's3-types-'));
  try {
    const s3 = path.join(ROOT, 'src/storage/places/s3');
    const file = path.join(folder, 'held.ts');
    const lines = [
      `import type * as sdk from '${s3}/node_modules/@aws-sdk/client-s3';`,
      `import type { S3Package } from '${s3}/s3-client.ts';`,
      'type Inputs<T> = { [K in keyof T]: T[K] extends new (input: infer I) => unknown ? I : never };',
      'type Outputs<T> = { [K in keyof T]: T[K] extends new (input: never) => { output?: infer O } ? O : never };',
      "declare const inputs: Omit<Inputs<S3Package>, 'S3Client'>;",
      'export const taken: Inputs<Pick<typeof sdk, keyof typeof inputs>> = inputs;',
      'declare const got: { GetObjectCommand: sdk.GetObjectCommandOutput; HeadObjectCommand: sdk.HeadObjectCommandOutput;',
      '  ListObjectsV2Command: sdk.ListObjectsV2CommandOutput };',
      'export const given: Pick<Outputs<S3Package>, keyof typeof got> = got;',
    ];
    writeFileSync(file, lines.join('\n'));
    const program = ts.createProgram([file], {
      ...{
        strict: true,
        noEmit: true,
        skipLibCheck: true,
        allowImportingTsExtensions: true,
        allowJs: true,
        types: ['node'],
      },
      ...{ target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, typeRoots: [`${ROOT}/node_modules/@types`] },
      moduleResolution: ts.ModuleResolutionKind.Bundler,
    });
    const wrong = ts
      .getPreEmitDiagnostics(program)
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
    expect(wrong).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

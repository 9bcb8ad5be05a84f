import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/**
 * Lists what axe-core finds wrong on a page: impact, rule, the first element. The page has to let scripts in, by
 * `bypassCSP` if it has a policy.
 * @param include selectors of the parts that are looked at @default the whole page
 */
export async function axeFindings(page: Page, include: readonly string[] = ['html']): Promise<string[]> {
  await page.evaluate(AXE);
  const { violations, passes } = await page.evaluate(
    (parts) =>
      (window as unknown as { axe: { run(context: object): Promise<AxeResults> } }).axe.run({
        include: parts.map((one) => [one]),
      }),
    include,
  );
  expect(passes.length).toBeGreaterThan(5); // it has looked at something
  return violations.map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes[0].html.slice(0, 200)}`);
}

/** Lists those of them that are serious. */
export const seriousFindings = async (page: Page, include?: readonly string[]): Promise<string[]> =>
  (await axeFindings(page, include)).filter((one) => /^(serious|critical)/.test(one));

/** A cell of a kind that notebooks have: quick, long, failing, endless. What it writes names it by its mark. */
export interface ChaosCell {
  readonly mark: string;
  readonly source: string;
  /** What it leaves below itself when nobody stops it, white space aside; undefined for what never ends by itself. */
  readonly output?: RegExp;
}

const KINDS: readonly ((mark: string) => Omit<ChaosCell, 'mark'>)[] = [
  (m) => ({ source: `console.log('${m}');`, output: exactly(m) }),
  (m) => ({ source: `'${m}'`, output: exactly(m) }),
  (m) => ({
    source: `const own = '${m}';\nfor (let i = 0; i < 12; i++) { console.log(own); await new Promise((r) => setTimeout(r, 100)); }`,
    output: exactly(...Array<string>(12).fill(m)),
  }),
  (m) => ({ source: `console.log('${m}');\nfor (;;);` }),
  (m) => ({ source: `await 1;\nconsole.log('${m}');\nfor (;;);` }),
  (m) => ({
    source: `console.log('${m}');\nconst spin = async () => { for (;;) { try { await new Promise((r) => setTimeout(r, 20)); } catch {} } };\nawait spin();`,
  }),
  (m) => ({
    source: `setTimeout(() => console.log('${m}'), 700);\nawait new Promise((r) => setTimeout(r, 900));`,
    output: exactly(m),
  }),
  (m) => ({ source: `setTimeout(() => console.log('${m}'), 500);\nvoid 0;`, output: new RegExp(`^(${m})?$`) }),
  (m) => ({
    source: `console.log('${m}');\nthrow new RangeError('${m}');`,
    output: new RegExp(`^${m}RangeError: ${m}`),
  }),
  (m) => ({ source: `const wrong: number = '${m}';`, output: /^TypeScript cell:1:7 Type 'string' is not assignable/ }),
  (m) => ({ source: `for (let i = 0; i < 3000; i++) console.log('${m}');`, output: new RegExp(`^(${m}){3000}$`) }),
  (m) => ({
    source: `const end = Date.now() + 1500;\nwhile (Date.now() < end);\nconsole.log('${m}');`,
    output: exactly(m),
  }),
  (m) => ({
    source: `import { show } from 'graft-ml';\nshow(new Promise((r) => setTimeout(r, 200, '<b>${m}</b>')));`,
    output: exactly(m),
  }),
  (m) => ({ source: `!sleep 0.3; echo ${m}`, output: exactly(m) }),
  (m) => ({
    source: `import * as Plot from '@observablehq/plot';\nPlot.plot({ ariaLabel: '${m}', marks: [Plot.dot([[1, 2]])] })`,
    output: /^\[SVGSVGElement\]$/,
  }),
  (m) => ({ source: `const history${m.slice(1)} = 1;\nhistory${m.slice(1)} ?? '${m}'`, output: /^1$/ }),
];

function exactly(...texts: readonly string[]): RegExp {
  return new RegExp(`^${texts.join('')}$`);
}

/** A cell of some kind; no two have the same mark. */
export function chaosCell(n: number, random: () => number): ChaosCell {
  const mark = `m${n}z`;
  return { mark, ...KINDS[Math.floor(random() * KINDS.length)](mark) };
}

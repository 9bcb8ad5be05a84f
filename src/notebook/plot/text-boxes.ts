/** Widths of letters, as a share of the font's size; about those of Helvetica and its like. */
const WIDTHS: readonly (readonly [letters: RegExp, width: number])[] = [
  [/[ijlI|.,:;'!()[\] ]/u, 0.29],
  [/[frt"*-]/u, 0.37],
  [/[mwMW%@—…]/u, 0.89],
  [/[A-Z&]/u, 0.68],
  [/[\u200b\p{Mn}]/u, 0],
  [/[\u1100-\uffff]|\p{Extended_Pictographic}/u, 1],
];
const OTHER = 0.57;
const BOLD = 1.06;
/** The height of a line, as a share of the font's size. */
const HEIGHT = 1.15;

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Gives a jsdom window's SVG elements the box of the text in them, by which Plot makes a tip as large as its words.
 * jsdom itself has no layout.
 */
export function giveTextBoxes(window: object): void {
  const { SVGElement } = window as { SVGElement: { prototype: object } };
  Object.assign(SVGElement.prototype, {
    getBBox(this: Element): Box {
      return boxOf(this);
    },
  });
}

function boxOf(element: Element): Box {
  const lines = [...element.querySelectorAll('text > tspan')];
  const size = fontSize(element);
  const width = Math.max(0, ...lines.map((line) => widthOf(line) * size));
  const anchor = element.closest('[text-anchor]')?.getAttribute('text-anchor');
  const x = anchor === 'middle' ? -width / 2 : anchor === 'end' ? -width : 0;
  return { x, y: 0, width, height: lines.length * HEIGHT * size };
}

/** Gives a line's width in sizes of its font, without its title, which is not shown. */
function widthOf(line: Element): number {
  return [...line.childNodes].reduce((sum, node) => {
    const { tagName } = node as Partial<Element>;
    if (tagName === 'title') return sum;
    const bold = tagName === 'tspan' && (node as Element).getAttribute('font-weight') === 'bold' ? BOLD : 1;
    const letters = [...(node.textContent ?? '')];
    return sum + bold * letters.reduce((all, one) => all + (WIDTHS.find(([of]) => of.test(one))?.[1] ?? OTHER), 0);
  }, 0);
}

function fontSize(element: Element): number {
  for (let one: Element | null = element; one; one = one.parentElement) {
    const { fontSize: styled } = (one as Partial<HTMLElement>).style ?? {};
    const size = parseFloat(styled || (one.getAttribute('font-size') ?? ''));
    if (size > 0) return size;
  }
  return 10; // Plot's default
}

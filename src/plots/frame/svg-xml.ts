/** Characters that XML 1.0 cannot hold (its production Char): with one of them in a name, browsers show no picture. */
const NOT_XML = /[^\t\n\r -\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

const NAME = /^[A-Za-z_][\w.-]*(:[A-Za-z_][\w.-]*)?$/;
const SVG = 'http://www.w3.org/2000/svg';
const XLINK = 'http://www.w3.org/1999/xlink';
const [ELEMENT, TEXT] = [1, 3];

/**
 * Writes an SVG element as XML, which a picture's file has to be: `outerHTML` is HTML, where an attribute may hold a
 * `<`, and a page would show a broken picture. Any document's elements will do.
 */
export function svgXml(svg: Element): string {
  return written(svg, `xmlns:xlink="${XLINK}" `, undefined).replace(NOT_XML, '\ufffd');
}

function written(element: Element, more: string, around: string | null | undefined): string {
  const { tagName, namespaceURI } = element;
  const space = namespaceURI === around ? '' : `xmlns="${escaped(namespaceURI ?? SVG)}" `;
  const attributes = [...element.attributes].flatMap((one) => {
    if (one.name.startsWith('xmlns')) return [];
    const name = one.namespaceURI === XLINK ? `xlink:${one.localName}` : one.name;
    return NAME.test(name) ? [`${name}="${escaped(one.value).replaceAll('\n', '&#10;')}"`] : [];
  });
  const inside = [...element.childNodes].map((child) => {
    if (child.nodeType === TEXT) return escaped(child.nodeValue ?? '');
    return child.nodeType === ELEMENT ? written(child as Element, '', namespaceURI) : '';
  });
  const name = namespaceURI === SVG ? tagName : tagName.toLowerCase();
  return `<${`${name} ${space}${more}${attributes.join(' ')}`.trimEnd()}>${inside.join('')}</${name}>`;
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

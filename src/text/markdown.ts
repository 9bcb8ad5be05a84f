/** Escapes text so that it stands in Markdown, tables included, as it is: no markup, no HTML, no new line. */
export const escapeMarkdown = (text: string): string =>
  text
    .replace(/\s+/g, ' ')
    .replace(/[&<>]/g, (c) => ENTITIES.get(c)!)
    .replace(/[\\`*_[\]{}()#|~!$]/g, '\\$&');

const ENTITIES = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
]);

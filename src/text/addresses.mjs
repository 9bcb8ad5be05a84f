// @ts-check
/**
 * Takes names and passwords out of the addresses in a text, so that it can be shown: everything between `://` and `@`.
 * Plain JavaScript: the set-up uses it before anything is installed.
 * @param {string} text
 */
export const withoutPasswords = (text) => text.replace(/([a-z][a-z\d+.-]*:\/\/)[^\s/?#"'<>]*@/gi, '$1***@');

import { openInBrowser } from '../../host/open-in-browser.ts';
import { saveTeachingPage } from '../../page/save-teaching-page.ts';
import type { Run } from '../line/command.mjs';
import type { flags } from '../teach.mjs';

export const run: Run<typeof flags> = async ({ out = 'results/teach.html', 'no-open': closed, ...options }) => {
  const page = await saveTeachingPage(out, options);
  const opened = !closed && (await openInBrowser(page.file));
  const next = opened ? 'opened in the browser' : `to teach: open ${page.file} in a browser`;
  return { text: `${String(page)}\n${next}`, json: { ...page, opened } };
};

import path from 'node:path';

/** What install.ts fetches, in its folder. */
export const frontEndsIn = (folder: string) => ({
  /** Notebook 7, for PYTHONPATH, and its schemas beside JupyterLab's. */
  notebook: path.join(folder, 'notebook'),
  schemas: path.join(folder, 'schemas'),
  /** The bundle of html-manager. */
  htmlManager: path.join(folder, 'package/dist/libembed-amd.js'),
  /** The bundle of vscode.js with what it imports. */
  vscode: path.join(folder, 'vscode.js'),
  /** A colour picker, one file as anywidget takes it. */
  picker: path.join(folder, 'picker.js'),
});

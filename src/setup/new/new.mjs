/**
 * Begins a project with Graft: `graft new FOLDER`.
 * usage: node src/setup/new/new.mjs FOLDER
 */
import { newProject } from './new-project.mjs';
import { SetupError } from '../command.mjs';

try {
  const [folder, ...more] = process.argv.slice(2);
  if (!folder || more.length || folder.startsWith('-'))
    throw new SetupError(`expected the name of a folder; got ${JSON.stringify(process.argv.slice(2).join(' '))}.`);
  console.log(newProject(folder));
} catch (error) {
  if (!(error instanceof SetupError) && !error.code) throw error;
  console.error(`graft new: ${error.message}`);
  process.exitCode = 1;
}

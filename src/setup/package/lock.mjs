/**
 * Takes some packages, with all that they need, out of the repository's lock file, as a lock file of their own.
 * @param lock package-lock.json, of version 3
 */
export function subsetOfLock({ packages }, { name, names }) {
  const kept = new Set();
  const add = (from, wanted, optional) => {
    const found = placeOf(packages, from, wanted);
    if (!found) {
      if (optional) return;
      throw new Error(`lock: expected ${wanted} of ${from || 'the project'} in package-lock.json; it is not there.`);
    }
    if (kept.has(found)) return;
    kept.add(found);
    const { dependencies = {}, optionalDependencies = {}, peerDependencies = {} } = packages[found];
    for (const one of Object.keys(dependencies)) add(found, one, one in optionalDependencies);
    for (const one of Object.keys(optionalDependencies)) add(found, one, true);
    for (const one of Object.keys(peerDependencies)) add(found, one, true);
  };
  for (const one of names) add('', one, false);
  const dependencies = Object.fromEntries(names.map((one) => [one, packages[`node_modules/${one}`].version]));
  const entries = [...kept].sort().map((place) => {
    const { dev: _, ...facts } = packages[place];
    return [place, facts];
  });
  const manifest = { name, version: '0.0.0', private: true, dependencies };
  const subset = { name, version: '0.0.0', lockfileVersion: 3, requires: true };
  return {
    manifest,
    subset: { ...subset, packages: { '': { name, version: '0.0.0', dependencies }, ...Object.fromEntries(entries) } },
  };
}

/** Finds the place of a package as Node.js does: beside the one that needs it, or above. */
function placeOf(packages, from, name) {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    const place = `${at && `${at}/`}node_modules/${name}`;
    if (packages[place]) return place;
    if (!at) return undefined;
  }
}

/** A picture that a class is learnt from. */
export interface Picture {
  readonly name: string;
  /** The names of its content, 32 hexadecimal digits: of the file that was given, and of its small copy. */
  readonly contents: readonly [given: string, small: string];
  /** [D] */
  readonly embedding: Float32Array;
  /** A JPEG without metadata. */
  readonly small: Blob;
  readonly from: 'file' | 'camera';
}

/** A class that is being taught. */
export interface TaughtClass {
  /** Stays while it is renamed. */
  readonly id: number;
  readonly name: string;
  readonly pictures: readonly Picture[];
}

/** All classes in their order; never changed in place, so that an earlier state can be put back. */
export type Project = readonly TaughtClass[];

/** Adds a class. @param name @default the first of "Class 1", "Class 2", … that is free */
export function withClass(project: Project, name = freeName(project)): Project {
  const id = project.reduce((most, one) => Math.max(most, one.id), 0) + 1;
  return [...project, { id, name, pictures: [] }];
}

function freeName(project: Project): string {
  for (let number = project.length + 1; ; number++) {
    const name = `Class ${number}`;
    if (!named(project, name)) return name;
  }
}

/** Finds a class by its name. */
export const named = (project: Project, name: string): TaughtClass | undefined =>
  project.find((one) => one.name === name);

/**
 * Renames a class.
 * @throws Error, a sentence, if the name is empty or taken
 */
export function renamed(project: Project, id: number, given: string): Project {
  const name = given.trim();
  if (!name) throw new Error('A class needs a name.');
  const other = named(project, name);
  if (other && other.id !== id) throw new Error(`There is a class “${name}” already.`);
  return project.map((one) => (one.id === id ? { ...one, name } : one));
}

export const withoutClass = (project: Project, id: number): Project => project.filter((one) => one.id !== id);

/** Adds a picture to a class; nothing changes if the class is gone. */
export const withPicture = (project: Project, id: number, picture: Picture): Project =>
  project.map((one) => (one.id === id ? { ...one, pictures: [...one.pictures, picture] } : one));

export const withoutPicture = (project: Project, picture: Picture): Project =>
  project.map((one) =>
    one.pictures.includes(picture) ? { ...one, pictures: one.pictures.filter((other) => other !== picture) } : one,
  );

/** Finds the class that has a picture already, by its content. */
export const classWith = (project: Project, contents: Picture['contents']): TaughtClass | undefined =>
  project.find(({ pictures }) =>
    pictures.some((one) => one.contents.some((content) => contents.some((other) => other === content))),
  );

export const countPictures = (project: Project): number => project.reduce((sum, one) => sum + one.pictures.length, 0);

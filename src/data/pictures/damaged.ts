import { listed } from '../../text/listed.ts';

/**
 * Says that pictures turned out to be damaged when they were decoded, which their headers and ends did not show. This
 * is noted with what else is known of them: when the same pictures are opened again, they are left out and counted.
 */
export class DamagedPictures extends Error {
  /** @param files by name @param why the reason for the first @param of how many pictures were asked for, if known */
  constructor(
    readonly source: string,
    readonly files: readonly string[],
    readonly why: string,
    of?: number,
  ) {
    const all = of === undefined ? '' : ` of ${of}`;
    super(
      `${source}, ${listed(files, 5)}: expected pictures that can be decoded; ${files.length}${all} cannot (${why}). ` +
        'They are noted: open the pictures again (`photos`), and they are left out and counted.',
    );
  }
}

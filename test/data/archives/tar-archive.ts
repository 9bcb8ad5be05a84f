import { Header } from 'tar';

/** An archive of these files, each with a header as it is given. */
export const archive = (...entries: readonly (readonly [header: object, bytes: Uint8Array | string])[]): Buffer =>
  Buffer.concat([
    ...entries.flatMap(([header, bytes]) => {
      const block = Buffer.alloc(512);
      const data = Buffer.from(bytes);
      new Header({
        mode: 0o644,
        uid: 0,
        gid: 0,
        mtime: new Date(0),
        type: 'File',
        size: data.length,
        ...header,
      }).encode(block);
      return [block, data, Buffer.alloc((512 - (data.length % 512)) % 512)];
    }),
    Buffer.alloc(1024),
  ]);

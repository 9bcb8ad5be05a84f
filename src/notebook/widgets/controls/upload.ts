import { Control } from './control.ts';
import { controlState, type LookOptions } from '../states.ts';

export interface UploadOptions extends Omit<LookOptions, 'label'> {
  /** The words on its button. @default 'Upload' */
  readonly label?: string;
  /** Which files the dialogue offers, as an HTML input takes it: 'image/*', '.csv'. @default all */
  readonly accept?: string;
  /** Whether several files may be given at once. @default false */
  readonly multiple?: boolean;
  /** The most bytes that are taken at once. @default 50,000,000 */
  readonly most?: number;
}

/** A file that a page has sent. */
export interface UploadedFile {
  readonly name: string;
  /** Its MIME type, as the browser says it. */
  readonly type: string;
  readonly size: number;
  readonly content: Uint8Array;
}

/**
 * Makes a button that sends files to the kernel; its value is the files that were sent last.
 * @example
 * const photos = upload({ accept: 'image/*', multiple: true });
 * photos.addEventListener('change', () => console.log(photos.value.map(({ name }) => name)));
 * show(photos);
 */
export function upload({
  accept = '',
  multiple = false,
  most = 50e6,
  label = 'Upload',
  ...look
}: UploadOptions = {}): Control<readonly UploadedFile[]> {
  return new Control<readonly UploadedFile[]>({
    kind: 'upload',
    state: controlState('FileUpload', { accept, multiple, value: [] }, { ...look, label, style: 'ButtonStyle' }),
    label,
    read: (files) => (files as readonly UploadedFile[]).map(fileOf),
    hold(): never {
      throw new TypeError('upload: expected a page to send files; a cell cannot set them.');
    },
    accept: (sent) => (Array.isArray(sent) && areFiles(sent) && bytesOf(sent) <= most ? sent : undefined),
    write: (files) => (files.length ? files.map(({ name, size }) => `${name}, ${size} bytes`).join('; ') : 'no file'),
  });
}

const areFiles = (sent: readonly unknown[]): sent is readonly UploadedFile[] =>
  sent.every((file) => {
    const { name, content } = (file ?? {}) as Partial<UploadedFile>;
    return typeof name === 'string' && content instanceof Uint8Array;
  });

const bytesOf = (files: readonly UploadedFile[]): number => files.reduce((sum, { content }) => sum + content.length, 0);

const fileOf = ({ name, type, content }: UploadedFile): UploadedFile => ({
  name,
  type: String(type),
  size: content.length,
  content,
});

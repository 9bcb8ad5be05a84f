import { byId } from '../embedded.ts';

/** What to say if a camera does not open, by the error's name. */
const REASONS = new Map([
  [
    'NotAllowedError',
    'The browser does not let this page use the camera. Allow it beside the address, or choose a photo.',
  ],
  ['NotFoundError', 'No camera was found. Choose a photo instead.'],
  ['NotReadableError', 'Another program uses the camera. Close it and try again, or choose a photo.'],
]);

/**
 * Opens a camera, the one at the back if there are two, and shows what it sees.
 * @throws Error, a sentence for people
 */
export async function openCamera(video: HTMLVideoElement): Promise<void> {
  try {
    if (!navigator.mediaDevices) throw new DOMException('', 'NotFoundError');
    const wanted = { video: { facingMode: { ideal: 'environment' } } };
    video.srcObject = await navigator.mediaDevices.getUserMedia(wanted);
    await video.play();
  } catch (cause) {
    closeCamera(video);
    const { name, message } = cause as DOMException;
    const why = REASONS.get(name) ?? `The camera does not open (${message || name}). Choose a photo instead.`;
    throw new Error(why, { cause });
  }
}

/** Closes a camera: its light goes out. */
export function closeCamera(video: HTMLVideoElement): void {
  for (const track of (video.srcObject as MediaStream | null)?.getTracks() ?? []) track.stop();
  video.srcObject = null;
}

/** Takes what a camera sees as a PNG; undefined before there is a picture. */
export async function takePicture(video: HTMLVideoElement, name: string): Promise<File | undefined> {
  const { videoWidth, videoHeight } = video;
  if (!videoWidth) return undefined;
  const canvas = new OffscreenCanvas(videoWidth, videoHeight);
  canvas.getContext('2d')!.drawImage(video, 0, 0);
  const picture = await canvas.convertToBlob({ type: 'image/png' });
  return new File([picture], name, { type: 'image/png' });
}

/**
 * Lets pictures be taken by a camera: the first click opens it, further ones take pictures.
 * @param take gets each picture, a PNG
 * @param say tells why there is none
 */
export function offerCamera(take: (picture: File) => void, say: (text: string) => void): void {
  const [button, panel] = [byId('camera'), byId('viewfinder')];
  const video = panel.querySelector('video')!;
  let count = 0;
  button.addEventListener('click', () => {
    openCamera(video).then(
      () => {
        panel.hidden = false;
        button.hidden = true;
        byId('shutter').focus();
      },
      ({ message }: Error) => say(message),
    );
  });
  byId('shutter').addEventListener('click', () => {
    void takePicture(video, `camera-${count + 1}.png`).then((picture) => {
      if (!picture) return;
      count++;
      take(picture);
    });
  });
  byId('camera-off').addEventListener('click', () => {
    closeCamera(video);
    panel.hidden = true;
    button.hidden = false;
    button.focus();
  });
}

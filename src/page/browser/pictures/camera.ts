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
 * Lets pictures be taken by a camera: the first click opens it, further ones take pictures.
 * @param take gets each picture, a PNG
 * @param say tells why there is none
 */
export function offerCamera(take: (picture: File) => void, say: (text: string) => void): void {
  const [button, panel] = [byId('camera'), byId('viewfinder')];
  const video = panel.querySelector('video')!;
  let count = 0;
  const close = (): void => {
    for (const track of (video.srcObject as MediaStream | null)?.getTracks() ?? []) track.stop();
    video.srcObject = null;
    panel.hidden = true;
    button.hidden = false;
    button.focus();
  };
  button.addEventListener('click', () => void open());
  byId('shutter').addEventListener('click', () => void shoot());
  byId('camera-off').addEventListener('click', close);

  async function open(): Promise<void> {
    try {
      if (!navigator.mediaDevices) throw new DOMException('', 'NotFoundError');
      const wanted = { video: { facingMode: { ideal: 'environment' } } };
      video.srcObject = await navigator.mediaDevices.getUserMedia(wanted);
      await video.play();
      panel.hidden = false;
      button.hidden = true;
      byId('shutter').focus();
    } catch (error) {
      const { name, message } = error as DOMException;
      say(REASONS.get(name) ?? `The camera does not open (${message || name}). Choose a photo instead.`);
    }
  }

  async function shoot(): Promise<void> {
    const { videoWidth, videoHeight } = video;
    if (!videoWidth) return;
    const canvas = new OffscreenCanvas(videoWidth, videoHeight);
    canvas.getContext('2d')!.drawImage(video, 0, 0);
    const picture = await canvas.convertToBlob({ type: 'image/png' });
    take(new File([picture], `camera-${++count}.png`, { type: 'image/png' }));
  }
}

import { byId } from '../embedded.ts';
import { closeCamera, openCamera, takePicture } from '../pictures/camera.ts';

/** A camera that shows what the classifier says while it is open, and takes pictures while a button is held. */
export interface LiveCamera {
  isOpen(): boolean;
  /** Begins to take pictures, one at once and then four a second, and ends it. */
  shoot(on: boolean, take: (picture: File) => void): void;
}

const EVERY = 250; // ms

/**
 * Offers the camera.
 * @param page.busy whether pictures wait for the network; then nothing is looked at beside them
 * @param page.look shows what is said about a picture
 * @param page.changed is called when it was opened or closed
 */
export function liveCamera({
  say,
  busy,
  look,
  changed,
}: {
  readonly say: (text: string) => void;
  readonly busy: () => boolean;
  readonly look: (picture: File) => Promise<void>;
  readonly changed: () => void;
}): LiveCamera {
  const [button, panel] = [byId('camera'), byId('viewfinder')];
  const video = panel.querySelector('video')!;
  let [count, shooting] = [0, 0];
  const isOpen = (): boolean => !panel.hidden;
  const set = (open: boolean): void => {
    panel.hidden = !open;
    button.hidden = open;
    changed();
  };
  button.addEventListener('click', () => {
    openCamera(video).then(
      () => {
        set(true);
        byId('camera-off').focus();
        say('The camera is open: hold the button of a class to take its pictures.');
        void watch();
      },
      ({ message }: Error) => say(message),
    );
  });
  byId('camera-off').addEventListener('click', () => {
    closeCamera(video);
    set(false);
    button.focus();
  });
  async function watch(): Promise<void> {
    while (isOpen()) {
      const picture = busy() || shooting ? undefined : await takePicture(video, 'camera');
      if (picture) await look(picture);
      await new Promise((resolve) => setTimeout(resolve, EVERY));
    }
  }
  return {
    isOpen,
    shoot(on, take) {
      clearInterval(shooting);
      shooting = 0;
      if (!on) return;
      const one = (): void => {
        void takePicture(video, `camera-${count + 1}.png`).then((picture) => {
          if (!picture) return;
          count++;
          take(picture);
        });
      };
      one();
      shooting = window.setInterval(one, EVERY);
    },
  };
}

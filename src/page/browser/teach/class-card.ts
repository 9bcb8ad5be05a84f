import { element } from '../embedded.ts';
import { chosenFiles, droppedFiles, type Given } from '../pictures/given-files.ts';
import type { Picture, TaughtClass } from './project.ts';

/** What a class' card asks the page for. */
export interface CardActions {
  add(given: readonly Given[]): void;
  /** @throws Error, a sentence, if the name cannot be */
  rename(name: string): void;
  remove(): void;
  removePicture(picture: Picture): void;
  /** Begins to take pictures from the camera, and ends it. */
  shoot(on: boolean): void;
}

/** What is known of a picture beside itself. */
export interface Mark {
  readonly heldBack: boolean;
  /** The class that it was taken for, if it was held back and taken for another. */
  readonly said?: string;
}

/** The card of a class. */
export interface Card {
  readonly root: HTMLElement;
  show(of: TaughtClass, mark: (picture: Picture) => Mark, camera: boolean): void;
  focusName(): void;
}

/** Makes the card of a class: its name, ways to give it pictures, its pictures. */
export function classCard(actions: CardActions, pictureAddress: (picture: Picture) => string): Card {
  const name = element('input', { type: 'text', 'aria-label': 'Name of the class', class: 'name' });
  const files = element('input', { type: 'file', accept: 'image/*', multiple: '' });
  const choose = element('label', { class: 'choose' }, 'Choose pictures', files);
  const shoot = element('button', { type: 'button', class: 'shoot' }, 'Hold to take pictures');
  const remove = element('button', { type: 'button' }, 'Remove class');
  const [count, problem] = [element('p', { class: 'count' }), element('p', { class: 'problem', role: 'alert' })];
  const list = element('ul', { class: 'pictures' });
  const ways = element('div', { class: 'ways' }, choose, shoot, remove);
  const root = element('section', { class: 'class' }, name, count, problem, ways, list);
  const shown = new Map<Picture, HTMLElement>();

  name.addEventListener('change', () => {
    try {
      actions.rename(name.value);
      problem.textContent = '';
    } catch (error) {
      problem.textContent = (error as Error).message;
      name.value = root.dataset.name!;
    }
  });
  files.addEventListener('change', () => {
    actions.add(chosenFiles(files));
    files.value = '';
  });
  remove.addEventListener('click', () => actions.remove());
  holdable(shoot, (on) => actions.shoot(on));
  root.addEventListener('dragover', (event) => {
    event.preventDefault();
    root.classList.add('over');
  });
  for (const end of ['dragleave', 'drop'] as const) root.addEventListener(end, () => root.classList.remove('over'));
  root.addEventListener('drop', (event) => {
    event.preventDefault();
    event.stopPropagation();
    if (!event.dataTransfer) return;
    droppedFiles(event.dataTransfer).then(
      (given) => actions.add(given),
      ({ message }: Error) => void (problem.textContent = message),
    );
  });

  function item(picture: Picture): HTMLElement {
    const image = element('img', { src: pictureAddress(picture), alt: '', loading: 'lazy', decoding: 'async' });
    const button = element('button', { type: 'button' }, image);
    button.addEventListener('click', () => {
      const next = (button.parentElement!.nextElementSibling ?? button.parentElement!.previousElementSibling)
        ?.firstElementChild as HTMLElement | undefined;
      actions.removePicture(picture);
      (next ?? name).focus();
    });
    return element('li', {}, button);
  }

  return {
    root,
    show({ name: given, pictures }, mark, camera) {
      root.setAttribute('aria-label', given);
      root.dataset.name = given;
      if (document.activeElement !== name) name.value = given;
      shoot.hidden = !camera;
      for (const picture of [...shown.keys()]) if (!pictures.includes(picture)) shown.delete(picture);
      const items = pictures.map((picture) => {
        const one = shown.get(picture) ?? item(picture);
        shown.set(picture, one);
        const { heldBack, said } = mark(picture);
        one.className = said === undefined ? (heldBack ? 'held-back' : '') : 'held-back wrong';
        const facts = [heldBack ? 'held back' : '', said === undefined ? '' : `taken for ${said}`].filter(Boolean);
        const text = `Remove ${[picture.name, ...facts].join(', ')}`;
        const button = one.firstElementChild as HTMLElement;
        button.title = text;
        button.setAttribute('aria-label', text);
        return one;
      });
      if (items.length !== list.children.length || items.some((one, i) => list.children[i] !== one))
        list.replaceChildren(...items);
      const heldBack = pictures.filter((picture) => mark(picture).heldBack).length;
      count.textContent = pictures.length
        ? `${pictures.length} ${pictures.length === 1 ? 'picture' : 'pictures'}, ${heldBack} held back`
        : 'No pictures yet: drop some here.';
    },
    focusName: () => name.select(),
  };
}

/** Makes a button act while it is held, by a pointer or a key; a click by other means acts once. */
function holdable(button: HTMLElement, act: (on: boolean) => void): void {
  let held = false;
  const set = (on: boolean): void => {
    if (held === on) return;
    held = on;
    act(on);
  };
  button.addEventListener('pointerdown', (event) => {
    button.setPointerCapture(event.pointerId);
    set(true);
  });
  for (const end of ['pointerup', 'pointercancel', 'blur'] as const) button.addEventListener(end, () => set(false));
  button.addEventListener('keydown', ({ key }) => {
    if (key === ' ' || key === 'Enter') set(true);
  });
  button.addEventListener('keyup', () => set(false));
  button.addEventListener('click', ({ detail, pointerType }: PointerEvent) => {
    if (detail === 0 && !pointerType && !held) {
      act(true);
      act(false);
    }
  });
}

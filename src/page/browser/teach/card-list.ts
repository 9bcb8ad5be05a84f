import { type Card, type CardActions, classCard, type Mark } from './class-card.ts';
import type { Picture, Project } from './project.ts';

/** The cards of all classes. */
export interface CardList {
  show(project: Project, mark: (picture: Picture) => Mark, camera: boolean): void;
  /** Lets a class be named. */
  focus(id: number): void;
  /** Gives the class whose card has the focus. */
  focused(): number | undefined;
}

/**
 * Keeps a card for each class.
 * @param actionsOf gives what the card of a class does
 */
export function cardList(root: HTMLElement, actionsOf: (id: number) => CardActions): CardList {
  const cards = new Map<number, Card>();
  const addresses = new Map<Picture, string>();
  const addressOf = (picture: Picture): string => {
    const address = addresses.get(picture) ?? URL.createObjectURL(picture.small);
    addresses.set(picture, address);
    return address;
  };
  let next: (() => void) | undefined;
  return {
    show(project, mark, camera) {
      // once for all that happens before the next picture of the screen
      const wanted = next === undefined;
      next = () => {
        for (const id of [...cards.keys()])
          if (!project.some((one) => one.id === id)) {
            cards.get(id)!.root.remove();
            cards.delete(id);
          }
        for (const one of project) {
          const card = cards.get(one.id) ?? classCard(actionsOf(one.id), addressOf);
          if (!cards.has(one.id)) root.append(card.root);
          cards.set(one.id, card);
          card.show(one, mark, camera);
        }
        for (const [i, { id }] of project.entries())
          if (root.children[i] !== cards.get(id)!.root) root.insertBefore(cards.get(id)!.root, root.children[i]);
      };
      if (wanted)
        setTimeout(() => {
          const draw = next!;
          next = undefined;
          draw();
        });
    },
    focus: (id) => void setTimeout(() => cards.get(id)?.focusName()),
    focused: () => [...cards].find(([, { root: own }]) => own.contains(document.activeElement))?.[0],
  };
}

import type { SavedClassifier } from '../classifier/saved-format.ts';
import type { PageFacts } from './facts.ts';

/** What a page that is taught has to know about its backbone; written into the page as JSON. */
export interface TeachFacts extends Pick<PageFacts, 'title' | 'imageSize' | 'resizing' | 'about'> {
  /** D, the numbers that the backbone gives for a picture. */
  readonly length: number;
  /** The backbone in words. */
  readonly named: string;
  /** What `classifier.json` says of a classifier, without what is taught. */
  readonly saved: Omit<SavedClassifier, 'classNames' | 'pictures' | 'head'>;
  /** The version of Graft that wrote the page. */
  readonly graft: string;
}

/** What a page says before there is anything to train on. */
export const NOT_TRAINED = 'Nothing is trained yet: two classes with pictures are needed.';

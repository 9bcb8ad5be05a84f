/**
 * Says why a picture could not be classified, which is the picture's or its server's fault: a service answers it with a
 * status from 400 on. Any other error is not the picture's.
 */
export class PictureError extends Error {
  override readonly name = 'PictureError';
}

/** Of flags those that say where pictures and weights lie on this machine, whatever a plan or a file says. */
export const lyingHere = <T extends { readonly data?: unknown; readonly root?: unknown; readonly backbone?: unknown }>({
  data,
  root,
  backbone,
}: T): Pick<T, 'data' | 'root' | 'backbone'> =>
  Object.fromEntries(Object.entries({ data, root, backbone }).filter(([, value]) => value !== undefined));

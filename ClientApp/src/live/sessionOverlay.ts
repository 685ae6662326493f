import type { Session } from '../api/types';

/** Sessions as the live stream last told of them, by id, with the page's own time of hearing it. */
export type Overlay = ReadonlyMap<string, { readonly session: Session; readonly heardAt: number; readonly deleted: boolean }>;

export const emptyOverlay: Overlay = new Map();

/**
 * Takes in what was heard. An older telling (lower lastSeq) of a session that is known already is dropped; a deletion is final,
 * since ids are not used again.
 */
export function hear(overlay: Overlay, session: Session, heardAt: number, deleted = false): Overlay {
  const known = overlay.get(session.id);
  if (known?.deleted || (known && !deleted && known.session.lastSeq > session.lastSeq)) return overlay;
  return new Map(overlay).set(session.id, { session, heardAt, deleted });
}

/**
 * The list with the newest telling of each session in it: by lastSeq, and where that is equal, by which was heard later. Deleted
 * ones leave it. Sessions only the stream knows of are left out: the list decides who is in it (see `unlisted`).
 */
export const overlaid = (list: readonly Session[], listedAt: number, overlay: Overlay): Session[] =>
  list.flatMap((listed) => {
    const heard = overlay.get(listed.id);
    if (heard?.deleted) return [];
    if (!heard || heard.session.lastSeq < listed.lastSeq) return [listed];
    return [heard.session.lastSeq > listed.lastSeq || heard.heardAt >= listedAt ? heard.session : listed];
  });

/** Sessions that were heard of after the list was read and are not in it: a reason to read the list again. */
export const unlisted = (list: readonly Session[], listedAt: number, overlay: Overlay): boolean => {
  const ids = new Set(list.map((session) => session.id));
  for (const [id, heard] of overlay) if (!heard.deleted && heard.heardAt > listedAt && !ids.has(id)) return true;
  return false;
};

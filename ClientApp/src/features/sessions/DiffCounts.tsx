import type { DiffCount } from '../../api/types';

/** Lines added and removed; nothing while nothing has changed. */
export const DiffCounts = ({ diff }: { diff: DiffCount | null | undefined }) =>
  diff && diff.added + diff.removed + diff.files > 0 ? (
    <span className="diff mono" title={`${diff.files} ${diff.files === 1 ? 'file' : 'files'} changed`}>
      <span className="diff-added">
        <span className="visually-hidden">lines added </span>+{diff.added}
      </span>{' '}
      <span className="diff-removed">
        <span className="visually-hidden">lines removed </span>−{diff.removed}
      </span>
    </span>
  ) : null;

import { useState, type FormEvent } from 'react';
import { useNavigate } from 'react-router';
import { asApiError } from '../../api/errors';
import { useCreateRepo } from '../../api/queries';
import type { NewRepository } from '../../api/types';
import { Button } from '../../components/Button';
import { Dialog } from '../../components/Dialog';
import { CheckField, TextField } from '../../components/Field';
import { Problem } from '../Problem';

export type NewRepositoryKind = 'create' | 'import';

/** The last part of an address without `.git`: what most people would call the import. */
export const nameFromUrl = (url: string): string =>
  url
    .trim()
    .replace(/[?#].*$/, '')
    .replace(/\/+$/, '')
    .replace(/\.git$/, '')
    .split(/[/:]/)
    .at(-1)
    ?.replace(/[^A-Za-z0-9._-]+/g, '-') ?? '';

export function NewRepositoryDialog({ kind, onClose }: { kind: NewRepositoryKind; onClose: () => void }) {
  const navigate = useNavigate();
  const create = useCreateRepo();
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  const [isPrivate, setPrivate] = useState(true);
  const [importUrl, setImportUrl] = useState('');
  const importing = kind === 'import';
  const wanted = name.trim() || (importing ? nameFromUrl(importUrl) : '');

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (create.isPending) return;
    const body: NewRepository = {
      name: wanted,
      private: isPrivate,
      ...(description.trim() && { description: description.trim() }),
      ...(importing && { importUrl: importUrl.trim() }),
    };
    try {
      const repo = await create.mutateAsync(body);
      await navigate(`/repositories/${encodeURIComponent(repo.owner)}/${encodeURIComponent(repo.name)}`);
    } catch {
      // Shown below from the mutation's state.
    }
  };

  const problem = create.error ? asApiError(create.error) : undefined;
  const byField = problem?.field('name') ?? problem?.field('importUrl') ?? problem?.field('description');
  return (
    <Dialog title={importing ? 'Import a repository' : 'Create a repository'} onClose={onClose}>
      <form className="stack" onSubmit={(event) => void submit(event)}>
        {problem && !byField && <Problem title={importing ? 'It could not be imported' : 'It could not be created'} error={problem} />}
        {importing && (
          <TextField
            label="From"
            required
            className="control mono"
            inputMode="url"
            spellCheck={false}
            autoCapitalize="none"
            placeholder="https://example.com/team/project.git"
            hint="A clone address, or a path on the server."
            value={importUrl}
            error={problem?.field('importUrl')}
            onChange={(event) => setImportUrl(event.target.value)}
          />
        )}
        <TextField
          label="Name"
          required={!importing}
          optional={importing}
          maxLength={64}
          spellCheck={false}
          autoCapitalize="none"
          placeholder={importing ? nameFromUrl(importUrl) || 'project' : 'project'}
          hint="Letters, digits, dots, dashes and underscores."
          value={name}
          error={problem?.field('name')}
          onChange={(event) => setName(event.target.value)}
        />
        <TextField
          label="Description"
          optional
          maxLength={500}
          value={description}
          error={problem?.field('description')}
          onChange={(event) => setDescription(event.target.value)}
        />
        <CheckField
          label="Private"
          hint="Only you and those you add can see it."
          checked={isPrivate}
          onChange={(event) => setPrivate(event.target.checked)}
        />
        <div className="dialog-actions">
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" look="primary" busy={create.isPending}>
            {importing ? 'Import' : 'Create'}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

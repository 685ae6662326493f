import { useEffect, useState, type FormEvent } from 'react';
import { useNavigate } from 'react-router';
import { useAllRepos, useBranches, useCreateSession, useProfiles } from '../../api/queries';
import { asApiError } from '../../api/errors';
import type { NewSession, Profile, Repository } from '../../api/types';
import { Button, ButtonLink } from '../../components/Button';
import { SelectField, TextArea, TextField } from '../../components/Field';
import { Notice } from '../../components/Notice';
import { Problem } from '../Problem';
import './NewSessionForm.css';

const usable = (repo: Repository) => repo.state === 'ready' && !repo.empty;

/** What is sent: fields left empty are left out, so that the server's defaults apply. */
const request = (form: Required<NewSession>, profile: Profile | undefined): NewSession => {
  const filled = (value: string) => value.trim() !== '';
  return {
    repo: form.repo,
    profile: form.profile,
    ...(filled(form.branch) && { branch: form.branch }),
    ...(filled(form.title) && { title: form.title.trim() }),
    ...(filled(form.prompt) && { prompt: form.prompt }),
    ...(filled(form.command) && form.command !== profile?.command && { command: form.command.trim() }),
    ...(filled(form.image) && { image: form.image.trim() }),
  };
};

export function NewSessionForm({ initialRepo, initialBranch }: { initialRepo: string; initialBranch: string }) {
  const navigate = useNavigate();
  const repos = useAllRepos();
  const profiles = useProfiles();
  const create = useCreateSession();
  const [form, setForm] = useState<Required<NewSession>>({
    repo: initialRepo,
    branch: initialBranch,
    title: '',
    profile: '',
    command: '',
    prompt: '',
    image: '',
  });
  const set = (change: Partial<NewSession>) => setForm((old) => ({ ...old, ...change }));

  const repoList = repos.data?.pages.flatMap((page) => page.items) ?? [];
  const profileList = profiles.data?.items ?? [];
  const repo = repoList.find((each) => each.fullName === form.repo);
  const profile = profileList.find((each) => each.name === form.profile);
  const branches = useBranches(repo?.owner ?? '', repo?.name ?? '', repo !== undefined && !repo.empty);

  // The first choice that works is made once the lists are there.
  const firstRepo = repoList.find(usable)?.fullName;
  const firstProfile = profileList[0]?.name;
  useEffect(() => {
    setForm((old) => ({
      ...old,
      repo: old.repo || (firstRepo ?? ''),
      profile: old.profile || (firstProfile ?? ''),
    }));
  }, [firstRepo, firstProfile]);

  if (repos.isError) return <Problem title="Repositories could not be loaded" error={repos.error} onRetry={() => void repos.refetch()} />;
  if (profiles.isError) return <Problem title="Profiles could not be loaded" error={profiles.error} onRetry={() => void profiles.refetch()} />;

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (create.isPending) return;
    try {
      const session = await create.mutateAsync(request(form, profile));
      await navigate(`/sessions/${encodeURIComponent(session.id)}`);
    } catch {
      // Shown below from the mutation's state.
    }
  };

  const problem = create.error ? asApiError(create.error) : undefined;
  const named = ['repo', 'branch', 'profile', 'prompt', 'title', 'command', 'image'];
  const elsewhere = problem && (problem.details.length === 0 || problem.details.some((detail) => !named.includes(detail.field?.toLowerCase() ?? '')));
  const loaded = repos.isSuccess && profiles.isSuccess;
  if (loaded && repoList.length === 0) {
    return (
      <Notice title="There is no repository yet">
        <p>A session works on a branch of a repository.</p>
        <p className="form-actions">
          <ButtonLink to="/repositories?new=create" look="primary" small>
            Add a repository
          </ButtonLink>
        </p>
      </Notice>
    );
  }
  const commandNeeded = profile !== undefined && !profile.command;
  const commandField = (
    <TextField
      label="Command"
      className="control mono"
      spellCheck={false}
      autoCapitalize="none"
      required={commandNeeded}
      optional={!commandNeeded}
      placeholder={profile?.command ?? 'make test'}
      hint={commandNeeded ? 'Run by the shell in the workspace.' : 'In place of what the profile runs.'}
      value={form.command}
      error={problem?.field('command')}
      onChange={(event) => set({ command: event.target.value })}
    />
  );
  return (
    <form className="stack new-session" aria-label="New session" onSubmit={(event) => void submit(event)}>
      {problem && elsewhere && <Problem title="The session could not be started" error={problem} />}
      <div className="pair">
        <SelectField
          label="Repository"
          required
          value={form.repo}
          disabled={!loaded}
          error={problem?.field('repo')}
          onChange={(event) => set({ repo: event.target.value, branch: '' })}
        >
          {!loaded && <option value={form.repo}>Loading…</option>}
          {loaded && !repo && <option value={form.repo}>{form.repo ? `${form.repo} (not found)` : 'Choose a repository'}</option>}
          {repoList.map((each) => (
            <option key={each.id} value={each.fullName} disabled={!usable(each)}>
              {each.fullName}
              {each.empty && each.state === 'ready' ? ' (empty)' : each.state === 'ready' ? '' : ` (${each.state})`}
            </option>
          ))}
        </SelectField>
        <SelectField
          label="Base branch"
          value={form.branch || repo?.defaultBranch || ''}
          disabled={!repo || branches.isPending}
          hint="The session works on a new branch made from it."
          error={problem?.field('branch') ?? (branches.isError ? asApiError(branches.error).message : undefined)}
          onChange={(event) => set({ branch: event.target.value })}
        >
          {(branches.data?.items ?? []).map((branch) => (
            <option key={branch.name} value={branch.name}>
              {branch.name}
              {branch.default ? ' (default)' : ''}
            </option>
          ))}
          {branches.data && form.branch && !branches.data.items.some((branch) => branch.name === form.branch) && <option value={form.branch}>{form.branch}</option>}
          {!branches.data && <option value={form.branch || repo?.defaultBranch || ''}>{form.branch || repo?.defaultBranch || ''}</option>}
        </SelectField>
      </div>
      <fieldset className="profiles" disabled={!loaded}>
        <legend>Profile</legend>
        {problem?.field('profile') && <p className="field-error">{problem.field('profile')}</p>}
        <div className="profiles-grid">
          {profileList.map((each) => (
            <label key={each.name} className="profile">
              <input type="radio" name="profile" value={each.name} checked={each.name === form.profile} onChange={() => set({ profile: each.name })} />
              <span className="profile-name">{each.title}</span>
              {each.description && <span className="profile-what">{each.description}</span>}
            </label>
          ))}
          {!loaded && Array.from({ length: 3 }, (_, at) => <span key={at} className="skeleton-row profile" />)}
        </div>
      </fieldset>
      {commandNeeded && commandField}
      <TextArea
        label="Prompt"
        optional
        rows={6}
        placeholder="What should be done?"
        hint="Handed to the engine once it has started."
        value={form.prompt}
        error={problem?.field('prompt')}
        onChange={(event) => set({ prompt: event.target.value })}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) event.currentTarget.form?.requestSubmit();
        }}
      />
      <TextField
        label="Title"
        optional
        maxLength={200}
        placeholder="Taken from the prompt"
        value={form.title}
        error={problem?.field('title')}
        onChange={(event) => set({ title: event.target.value })}
      />
      <details className="advanced" open={problem?.field('image') !== undefined || undefined}>
        <summary>Advanced</summary>
        <div className="stack">
          {!commandNeeded && commandField}
          <TextField
            label="Image"
            optional
            className="control mono"
            spellCheck={false}
            autoCapitalize="none"
            placeholder="The session image"
            hint="Container image of the sandbox. It needs git and a shell."
            value={form.image}
            error={problem?.field('image')}
            onChange={(event) => set({ image: event.target.value })}
          />
        </div>
      </details>
      <div className="form-actions">
        <Button type="submit" look="primary" busy={create.isPending} disabled={!loaded}>
          Start session
        </Button>
        <ButtonLink to="/" look="quiet">
          Cancel
        </ButtonLink>
      </div>
    </form>
  );
}

import type { Repository } from '../../api/types';
import { CopyBlock } from '../../components/Copy';

/** How to get something into an empty repository. */
export const PushInstructions = ({ repo }: { repo: Repository }) => (
  <section className="panel" aria-labelledby="push-title">
    <h2 id="push-title">Push something to begin</h2>
    <p className="panel-text">This repository is empty. Git asks for your Squad username and password. This page notices the push.</p>
    <h3>A repository you have</h3>
    <CopyBlock
      label="Commands for an existing repository"
      text={`git remote add origin ${repo.cloneUrl}\ngit push -u origin HEAD:${repo.defaultBranch}`}
    />
    <h3>A new one</h3>
    <CopyBlock
      label="Commands for a new repository"
      text={`git clone ${repo.cloneUrl}\ncd ${repo.name}\ngit switch -c ${repo.defaultBranch}\necho "# ${repo.name}" > README.md\ngit add README.md\ngit commit -m "First commit"\ngit push -u origin ${repo.defaultBranch}`}
    />
  </section>
);

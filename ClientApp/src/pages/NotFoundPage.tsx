import { Empty } from '../components/Blank';
import { ButtonLink } from '../components/Button';
import { useTitle } from '../components/useTitle';

export function NotFoundPage() {
  useTitle('Not found');
  return (
    <Empty title="There is nothing here" action={<ButtonLink to="/">To the sessions</ButtonLink>}>
      The address may be mistyped, or what it named is gone.
    </Empty>
  );
}

import { useSystem } from '../../api/queries';
import { Icon } from '../../components/Icon';
import './Warnings.css';

/** What the server warns of, on every page, not to be closed: each is about safety and ends when its cause does. */
export function Warnings() {
  const { data } = useSystem();
  if (!data || data.warnings.length === 0) return null;
  return (
    <aside className="warnings" aria-label="Warnings">
      {data.warnings.map((warning) => (
        <p key={warning.code}>
          <Icon name="alert" />
          <span>{warning.message}</span>
        </p>
      ))}
    </aside>
  );
}

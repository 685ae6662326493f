/** The mark: four places, one of them at work. */
export const Logo = () => (
  <span className="logo">
    <svg width="22" height="22" viewBox="0 0 22 22" aria-hidden="true">
      <rect x="1" y="1" width="9" height="9" rx="2" fill="var(--accent-fill)" />
      <rect x="12" y="1" width="9" height="9" rx="2" fill="currentColor" opacity=".42" />
      <rect x="1" y="12" width="9" height="9" rx="2" fill="currentColor" opacity=".42" />
      <rect x="12" y="12" width="9" height="9" rx="2" fill="currentColor" opacity=".18" />
    </svg>
    <span>Squad</span>
  </span>
);

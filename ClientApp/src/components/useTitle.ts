import { useEffect } from 'react';

/** The document's title, most specific part first. */
export function useTitle(...parts: (string | undefined)[]): void {
  const title = [...parts.filter(Boolean), 'Squad'].join(' · ');
  useEffect(() => {
    document.title = title;
  }, [title]);
}

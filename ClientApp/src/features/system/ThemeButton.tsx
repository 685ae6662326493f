import { IconButton } from '../../components/Button';
import { applyTheme, themes, useTheme } from '../../components/theme';

const icons = { system: 'auto', light: 'sun', dark: 'moon' } as const;
const names = { system: 'as the system', light: 'light', dark: 'dark' } as const;

/** Goes through the themes: as the system, light, dark. */
export function ThemeButton() {
  const theme = useTheme();
  const next = themes[(themes.indexOf(theme) + 1) % themes.length]!;
  return (
    <IconButton
      icon={icons[theme]}
      label={`Theme: ${names[theme]}`}
      title={`Theme: ${names[theme]}. Change to ${names[next]}`}
      onClick={() => applyTheme(next)}
    />
  );
}

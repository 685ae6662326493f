import { useId, type InputHTMLAttributes, type ReactNode, type Ref, type SelectHTMLAttributes, type TextareaHTMLAttributes } from 'react';
import './Field.css';

interface Frame {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
  optional?: boolean;
}

interface Wiring {
  id: string;
  'aria-invalid': true | undefined;
  'aria-describedby': string | undefined;
}

/** Label, control, hint and error, tied together so that a screen reader hears the error with the control. */
function Framed({ label, hint, error, optional, control }: Frame & { control: (wiring: Wiring) => ReactNode }) {
  const id = useId();
  const described = [error && `${id}-error`, hint && `${id}-hint`].filter(Boolean).join(' ');
  return (
    <div className="field">
      <div className="field-label">
        <label htmlFor={id}>{label}</label>
        {optional && <span className="field-optional">optional</span>}
      </div>
      {control({ id, 'aria-invalid': error ? true : undefined, 'aria-describedby': described || undefined })}
      {error && (
        <p className="field-error" id={`${id}-error`}>
          {error}
        </p>
      )}
      {hint && (
        <p className="field-hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

export const TextField = ({ label, hint, error, optional, ...rest }: Frame & InputHTMLAttributes<HTMLInputElement> & { ref?: Ref<HTMLInputElement> }) => (
  <Framed {...{ label, hint, error, ...(optional && { optional }) }} control={(wiring) => <input className="control" {...rest} {...wiring} />} />
);

export const TextArea = ({ label, hint, error, optional, ...rest }: Frame & TextareaHTMLAttributes<HTMLTextAreaElement>) => (
  <Framed {...{ label, hint, error, ...(optional && { optional }) }} control={(wiring) => <textarea className="control" {...rest} {...wiring} />} />
);

export const SelectField = ({ label, hint, error, optional, children, ...rest }: Frame & SelectHTMLAttributes<HTMLSelectElement>) => (
  <Framed
    {...{ label, hint, error, ...(optional && { optional }) }}
    control={(wiring) => (
      <select className="control" {...rest} {...wiring}>
        {children}
      </select>
    )}
  />
);

export const CheckField = ({ label, hint, ...rest }: { label: string; hint?: string } & InputHTMLAttributes<HTMLInputElement>) => {
  const id = useId();
  return (
    <div className="check">
      <input type="checkbox" id={id} {...rest} aria-describedby={hint && `${id}-hint`} />
      <div>
        <label htmlFor={id}>{label}</label>
        {hint && (
          <p className="field-hint" id={`${id}-hint`}>
            {hint}
          </p>
        )}
      </div>
    </div>
  );
};

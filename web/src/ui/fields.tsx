// Fields of forms: label, help and error belong to the field for screen readers as well.

import type { HTMLInputTypeAttribute, ReactNode } from "react";
import {
  Button,
  Checkbox as AriaCheckbox,
  FieldError,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  Select,
  SelectValue,
  Text,
  TextArea,
  TextField as AriaTextField,
} from "react-aria-components";

import { Icon } from "./icons";

interface FieldProps {
  label: string;
  name?: string;
  value: string;
  onChange: (value: string) => void;
  type?: HTMLInputTypeAttribute;
  help?: ReactNode;
  /** What is wrong with the value. */
  error?: string | undefined;
  required?: boolean;
  autoComplete?: string;
  inputMode?: "numeric" | "text" | "url";
  maxLength?: number;
  min?: number;
  max?: number;
  placeholder?: string;
  lines?: number;
  autoFocus?: boolean;
}

export function TextField(props: FieldProps) {
  return (
    <AriaTextField
      className="field"
      value={props.value}
      onChange={props.onChange}
      isInvalid={props.error !== undefined}
      isRequired={props.required ?? false}
      validationBehavior="aria"
      {...(props.name ? { name: props.name } : {})}
      {...(props.autoComplete ? { autoComplete: props.autoComplete } : {})}
      {...(props.maxLength ? { maxLength: props.maxLength } : {})}
      autoFocus={props.autoFocus ?? false}
    >
      <Label>{props.label}</Label>
      {props.lines ? (
        <TextArea rows={props.lines} {...(props.placeholder ? { placeholder: props.placeholder } : {})} />
      ) : (
        <Input
          type={props.type ?? "text"}
          {...(props.inputMode ? { inputMode: props.inputMode } : {})}
          {...(props.placeholder ? { placeholder: props.placeholder } : {})}
          {...(props.min !== undefined ? { min: props.min } : {})}
          {...(props.max !== undefined ? { max: props.max } : {})}
        />
      )}
      {props.help && !props.error && (
        <Text slot="description" className="help">
          {props.help}
        </Text>
      )}
      <FieldError className="field-error">{props.error}</FieldError>
    </AriaTextField>
  );
}

export interface Option {
  value: string;
  label: string;
  note?: string;
}

export function Choice(props: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  options: Option[];
  help?: string;
  error?: string | undefined;
}) {
  return (
    <Select
      className="field"
      selectedKey={props.value}
      onSelectionChange={(key) => props.onChange(String(key))}
      isInvalid={props.error !== undefined}
    >
      <Label>{props.label}</Label>
      <Button className="select-button">
        <SelectValue />
        <Icon name="down" size={16} />
      </Button>
      {props.help && (
        <Text slot="description" className="help">
          {props.help}
        </Text>
      )}
      <FieldError className="field-error">{props.error}</FieldError>
      <Popover className="popover">
        <ListBox className="list-box">
          {props.options.map((option) => (
            <ListBoxItem key={option.value} id={option.value} textValue={option.label} className="list-item">
              <span>{option.label}</span>
              {option.note && <span className="note">{option.note}</span>}
            </ListBoxItem>
          ))}
        </ListBox>
      </Popover>
    </Select>
  );
}

export function Checkbox(props: { children: ReactNode; isSelected: boolean; onChange: (value: boolean) => void }) {
  return (
    <AriaCheckbox className="checkbox" isSelected={props.isSelected} onChange={props.onChange}>
      <span className="checkbox-box" aria-hidden="true">
        <Icon name="check" size={14} strokeWidth={3} />
      </span>
      <span>{props.children}</span>
    </AriaCheckbox>
  );
}
